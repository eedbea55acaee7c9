"""Change one thing in skal at random, and see whether a test notices; again and again.

    python benchmarks/mutation.py [packages ...] [--mutants 200] [--seed 0] [--out mutants.jsonl]
                                  [--workers 1] [--seconds 3600] [--again] [--list]

A mutant is the tree with one operator, sign, comparison, constant, condition or bound changed.
It is killed where a test of its package fails, and survives where all pass: a survivor is a line
that no test reads closely, or a change that means nothing. Docstrings, strings, type hints, error
texts, warnings and `__all__` are left alone.

First the tests of each package run once on sources that tell which test comes by which mutant;
then each mutant is given the tests that come by it, the quickest first, and if all pass the others
of their files. What runs on import, or in no test, is given all tests of the package.

The sample is drawn evenly over the packages (by default learner, nets, evidence, strategies,
experiment, measures). Tests run in copies of the tree in a temporary folder, never in the
checkout. A limit of time ends endless loops.

Every answer is a line of the file `--out`; the same command goes on where it was stopped, and
tries anew what stands in changed files; with `--again` also those that survived, such as after
tests were added. Run it under `nice -n 10` beside other work.
"""

import argparse
import ast
import ctypes
import difflib
import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("learner", "nets", "evidence", "strategies", "experiment", "measures")
NOT_COPIED = (".git", ".venv", "__pycache__", "*.egg-info", "skal_demo", ".*_cache", "results")

# Tests run in forks of a process that has imported what takes seconds to import, but not skal.
SERVER = get_context("forkserver")
PRELOADED = ["torch", "skorch", "sklearn.ensemble", "sklearn.linear_model", "sklearn.pipeline"]
PRELOADED += ["sklearn.utils.estimator_checks", "scipy.stats", "pandas", "pytest", "tqdm.auto"]
QUIET = {"OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
HITS = "skal_mutation_hits"  # a module of the copy: which test comes by which mutant
HITS_SOURCE = """
test, seen = None, {}

def hit(number):
    seen.setdefault(number, {})[test] = None
"""

OPERATORS = {
    ast.Add: "+ -", ast.Sub: "- +", ast.Mult: "* /", ast.Div: "/ *", ast.FloorDiv: "// *",
    ast.Mod: "% *", ast.Pow: "** *", ast.MatMult: "@ *", ast.BitAnd: "& |", ast.BitOr: "| &",
    ast.BitXor: "^ &", ast.LShift: "<< >>", ast.RShift: ">> <<",
}  # fmt: skip
COMPARISONS = {
    ast.Lt: ("<", "<=", ">="), ast.LtE: ("<=", "<", ">"), ast.Gt: (">", ">=", "<="),
    ast.GtE: (">=", ">", "<"), ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"), ast.IsNot: (r"is\s+not", "is"), ast.In: ("in", "not in"),
    ast.NotIn: (r"not\s+in", "in"),
}  # fmt: skip


@dataclass(frozen=True)
class Site:
    """A piece of a source, in bytes, and what may stand there instead."""

    start: int
    end: int
    kind: str
    instead: tuple[str, ...]


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    package: str
    path: str
    digest: str  # of the source that it changes
    start: int
    end: int
    kind: str
    after: str

    def changed(self, source: bytes) -> bytes:
        return source[: self.start] + self.after.encode() + source[self.end :]

    def diff(self, source: bytes) -> str:
        old, new = (text.decode().splitlines() for text in (source, self.changed(source)))
        lines = list(difflib.unified_diff(old, new, lineterm="", n=0))[3:]
        return "\n".join(lines)


# ---------------------------------------------------------------- what can be changed


class Sites(ast.NodeVisitor):
    """Every place of a source where one change alters what it does."""

    def __init__(self, source: str) -> None:
        self.source = source.encode()
        lines = self.source.splitlines(keepends=True)
        self.line_starts = [0]
        for line in lines:
            self.line_starts.append(self.line_starts[-1] + len(line))
        self.found: list[Site] = []
        self.visit(ast.parse(source))

    def span(self, node: ast.expr) -> tuple[int, int]:
        first, last = node.lineno, node.end_lineno or node.lineno
        return (
            self.line_starts[first - 1] + node.col_offset,
            self.line_starts[last - 1] + (node.end_col_offset or 0),
        )

    def add(self, start: int, end: int, kind: str, *instead: str) -> None:
        self.found.append(Site(start, end, kind, instead))

    def add_between(self, left: ast.expr, right: ast.expr, symbol: str, kind: str, *instead: str):
        """Find a symbol between two operands: parentheses and comments may stand there too."""
        start, end = self.span(left)[1], self.span(right)[0]
        gap = re.sub(rb"#[^\n]*", lambda comment: b" " * len(comment[0]), self.source[start:end])
        hit = re.search(symbol.encode(), gap)
        if hit:
            self.add(start + hit.start(), start + hit.end(), kind, *instead)

    # What no test can or should notice.

    def visit_JoinedStr(self, node):
        pass  # before Python 3.12 the places inside an f-string are not told rightly

    def visit_Raise(self, node):
        pass

    def visit_Assert(self, node):
        pass

    def visit_AnnAssign(self, node):
        if node.value is not None:
            self.visit(node.value)

    def visit_arg(self, node):
        pass

    def visit_FunctionDef(self, node):
        if any("overload" in ast.unparse(decorator) for decorator in node.decorator_list):
            return
        for child in [*node.decorator_list, node.args, *node.body]:  # not what it returns: a hint
            self.visit(child)

    def visit_Assign(self, node):
        if not any(ast.unparse(target) in {"__all__", "__slots__"} for target in node.targets):
            self.generic_visit(node)

    # What can be changed.

    def visit_BinOp(self, node):
        symbol, instead = OPERATORS[type(node.op)].split()
        self.add_between(node.left, node.right, re.escape(symbol), "operator", instead)
        self.generic_visit(node)

    def visit_AugAssign(self, node):
        symbol, instead = OPERATORS[type(node.op)].split()
        self.add_between(
            node.target, node.value, re.escape(symbol) + "=", "operator", instead + "="
        )
        self.generic_visit(node)

    def visit_Compare(self, node):
        operands = [node.left, *node.comparators]
        for left, op, right in zip(operands, node.ops, operands[1:], strict=False):
            symbol, *instead = COMPARISONS[type(op)]
            self.add_between(left, right, symbol, "comparison", *instead)
        self.generic_visit(node)

    def visit_BoolOp(self, node):
        symbol, instead = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            self.add_between(left, right, rf"\b{symbol}\b", "condition", instead)
        self.generic_visit(node)

    def visit_UnaryOp(self, node):
        length = {ast.USub: 1, ast.Not: 3, ast.Invert: 1}.get(type(node.op))
        if length:
            start = self.span(node)[0]
            kind = "condition" if isinstance(node.op, ast.Not) else "sign"
            self.add(start, start + length, kind, "")
        self.generic_visit(node)

    def visit_Constant(self, node):
        if isinstance(node.value, bool):
            self.add(*self.span(node), "constant", str(not node.value))
        elif isinstance(node.value, int):
            self.add(*self.span(node), "constant", str(node.value + 1), f"({node.value - 1})")
        elif isinstance(node.value, float):
            others = {2 * node.value or 1.0, node.value / 2 or -1.0}
            self.add(*self.span(node), "constant", *map(repr, sorted(others)))

    def negate(self, test):
        if not isinstance(test, ast.Compare | ast.Constant) and not (
            isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        ):  # those are changed as they stand
            start, end = self.span(test)
            self.add(start, end, "condition", f"not ({self.source[start:end].decode()})")

    def visit_If(self, node):
        if "TYPE_CHECKING" not in ast.unparse(node.test):
            self.negate(node.test)
            self.generic_visit(node)

    def visit_While(self, node):
        self.negate(node.test)
        self.generic_visit(node)

    visit_IfExp = visit_While

    def visit_comprehension(self, node):
        for test in node.ifs:
            self.negate(test)
        self.generic_visit(node)

    def shift(self, bound):
        if bound is not None and not isinstance(bound, ast.Constant | ast.UnaryOp | ast.Starred):
            start, end = self.span(bound)
            text = self.source[start:end].decode()
            self.add(start, end, "bound", f"({text}) + 1", f"({text}) - 1")

    def visit_Slice(self, node):
        self.shift(node.lower)
        self.shift(node.upper)
        self.generic_visit(node)

    def visit_Call(self, node):
        called = ast.unparse(node.func)
        if called in {"warn", "warnings.warn", "cast"}:
            return
        if called == "range":
            self.shift(node.args[1 if len(node.args) > 1 else 0])
        self.generic_visit(node)


def mutants_of(source: str, package: str, path: str, seed: int) -> list[tuple[float, Mutant]]:
    """One mutant a place, each with a lot that its line draws: other lines do not change it."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:16]
    text, tree = source.encode(), ast.dump(ast.parse(source))
    found: list[tuple[float, Mutant]] = []
    met: Counter = Counter()
    for site in Sites(source).found:
        line = text[text.rfind(b"\n", 0, site.start) + 1 :].split(b"\n")[0]
        place = site.start - text.rfind(b"\n", 0, site.start)
        met[place, line] += 1  # equal lines draw lots of their own
        rng = random.Random(f"{seed} {path} {place} {line!r} {met[place, line]}")
        lot, after = rng.random(), rng.choice(site.instead)
        mutant = Mutant(package, path, digest, site.start, site.end, site.kind, after)
        try:
            if ast.dump(ast.parse(mutant.changed(text))) != tree:
                found.append((lot, mutant))
        except SyntaxError:
            pass
    return found


def home(package: str) -> str:
    """Folder or file of a room."""
    return f"skal/{package}" if (ROOT / "skal" / package).is_dir() else f"skal/{package}.py"


def sample(packages: list[str], n: int, seed: int) -> list[Mutant]:
    """Draw n mutants, as evenly over the packages as they go; one package after the other."""
    queues = []
    for package in packages:
        place = ROOT / home(package)
        found: list[tuple[float, Mutant]] = []
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            name = path.relative_to(ROOT).as_posix()
            found += mutants_of(path.read_text(encoding="utf8"), package, name, seed)
        queues.append([mutant for _, mutant in sorted(found, key=lambda pair: -pair[0])])
    drawn: list[Mutant] = []
    while len(drawn) < n and any(queues):
        drawn += [queue.pop() for queue in queues if queue]
    return drawn[:n]


# ---------------------------------------------------------------- which tests come by


def with_hits(source: str, starts: dict[int, int]) -> str:
    """Put a call before the statement of each place; none where it runs on import.

    `starts` maps numbers of mutants to where they start.
    """
    tree = ast.parse(source)
    first = [0]
    for line in source.encode().splitlines(keepends=True):
        first.append(first[-1] + len(line))
    found: dict[int, tuple[list[ast.stmt], ast.stmt]] = {}

    def visit(node: ast.AST, in_function: bool) -> None:
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            children = getattr(node, name, [])
            for child in children if isinstance(children, list) else []:
                if isinstance(child, ast.stmt) and in_function:
                    begin = first[child.lineno - 1] + child.col_offset
                    end = first[child.end_lineno - 1] + child.end_col_offset
                    for number, start in starts.items():
                        if begin <= start < end:  # an inner statement is met later
                            found[number] = (children, child)
                visit(child, in_function or isinstance(child, ast.FunctionDef))

    visit(tree, False)
    for number, (body, statement) in found.items():
        call = ast.parse(f"__import__({HITS!r}).hit({number})").body[0]
        body.insert(next(k for k, s in enumerate(body) if s is statement), call)
    return ast.unparse(ast.fix_missing_locations(tree))


class Watch:
    """A pytest plugin that notes what each test takes, whether it fails, and which hits are its."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.failed: list[str] = []

    def pytest_runtest_logstart(self, nodeid):
        if HITS in sys.modules:
            sys.modules[HITS].test = nodeid

    def pytest_runtest_logreport(self, report):
        self.seconds[report.nodeid] += report.duration
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_collectreport(self, report):
        if report.failed:
            self.failed.append(report.nodeid)

    def save(self, path: Path) -> None:
        hits = sys.modules[HITS].seen if HITS in sys.modules else {}
        tests = {number: [test for test in seen if test] for number, seen in hits.items()}
        path.write_text(json.dumps([self.seconds, self.failed, tests]))


class Only:
    """A pytest plugin that keeps the tests that are named, in the order in which they are."""

    def __init__(self, tests: list[str]) -> None:
        self.order = {test: k for k, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items):
        kept = [item for item in items if item.nodeid in self.order]
        items[:] = sorted(kept, key=lambda item: self.order[item.nodeid])


# ---------------------------------------------------------------- does a test notice?


def test_files(package: str, root: Path) -> list[str]:
    """Test files of a package, and what has doctests.

    Doctests come after tests that import skal, or pytest imports their module twice.
    """
    folder = root / "tests" / package
    one = root / "tests" / f"test_{package.lstrip('_')}.py"
    found = [*sorted(folder.rglob("test_*.py")), *([one] if one.exists() else [])]
    if not found:
        raise SystemExit(f"skal/{package} must have tests, got neither {folder} nor {one}")
    return [*(path.relative_to(root).as_posix() for path in found), home(package)]


def run_pytest(root: Path, files: list[str], tests: list[str] | None, memory: int) -> None:
    """Run tests of some files in a process of their own, and exit as pytest does.

    `tests` names those to run until one fails; None: all, and what they come by.
    """
    os.setsid()
    if sys.platform == "linux":  # end with the process that asked, however that ends
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    log = os.open(root / "mutation.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chdir(root)
    sys.path.insert(0, str(root))
    os.environ["PYTHONPATH"] = str(root)  # of processes that tests start
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory << 30, memory << 30))
    import pytest

    options = ["-q", "-n", "0", "--tb=no", "-rN", "-rfE", "-p", "no:cacheprovider"]
    if tests is None:
        watch = Watch()
        code = pytest.main([*options, *files], plugins=[watch])
        watch.save(root / "mutation.json")
    else:
        code = pytest.main([*options, "-x", *files], plugins=[Only(tests)])
    os._exit(int(code))


class Copy:
    """A copy of the tree in which tests run."""

    def __init__(self, folder: Path, memory: int) -> None:
        self.root = folder
        self.memory = memory
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
        (folder / f"{HITS}.py").write_text(HITS_SOURCE)

    def run(self, files: list[str], tests: list[str] | None, limit: float) -> tuple[str, str]:
        """Run tests: "passed", "failed" or "timed out", and which one."""
        fork = SERVER.Process(target=run_pytest, args=(self.root, files, tests, self.memory))
        fork.start()
        fork.join(limit)
        if fork.exitcode is None:
            os.killpg(fork.pid, signal.SIGKILL)  # what the tests started goes with them
            fork.join()
            return "timed out", ""
        if fork.exitcode in (0, 5):  # 5: no test of that name
            return "passed", ""
        said = (self.root / "mutation.log").read_text(errors="replace")
        which = re.search(r"^(?:FAILED|ERROR) (\S+)", said, re.MULTILINE)
        return "failed", which[1] if which else said[-500:]

    def write(self, path: str, text: bytes) -> None:
        """Change a source; its time too, or a cached module would be read."""
        place = self.root / path
        moment = place.stat().st_mtime + 1000
        place.write_bytes(text)
        os.utime(place, (moment, moment))


@dataclass(frozen=True)
class Known:
    """What the unchanged tests of a package took, and which of them come by which mutant."""

    files: list[str]
    seconds: dict[str, float]
    tests: dict[Mutant, list[str]]

    def stages(self, mutant: Mutant) -> list[list[str]]:
        """Tests to run, the quickest first: those that come by, then all of their files."""
        quickest = sorted(self.seconds, key=self.seconds.__getitem__)
        first = set(self.tests.get(mutant, ()))
        if not first:
            return [quickest]
        files = {test.partition("::")[0] for test in first}
        others = [t for t in quickest if t not in first and t.partition("::")[0] in files]
        return [[t for t in quickest if t in first], others]

    def files_of(self, tests: list[str]) -> list[str]:
        """Files that hold some tests, in the order of the package."""
        held = {test.partition("::")[0] for test in tests}
        doctests = sorted(file for file in held if file.startswith("skal/"))
        found = [file for file in self.files[:-1] if file in held]
        return [*(found or self.files[:1]), *doctests]


def unchanged(copy: Copy, package: str, mutants: list[Mutant]) -> Known:
    """Run the unchanged tests of a package once; they must pass."""
    by_path: dict[str, dict[int, int]] = defaultdict(dict)
    for number, mutant in enumerate(mutants):
        by_path[mutant.path][number] = mutant.start
    sources = {path: (copy.root / path).read_bytes() for path in by_path}
    for path, starts in by_path.items():
        copy.write(path, with_hits(sources[path].decode(), starts).encode())
    start, files = time.monotonic(), test_files(package, copy.root)
    answer, test = copy.run(files, None, 7200)
    for path, source in sources.items():
        copy.write(path, source)
    if answer != "passed":
        raise SystemExit(f"the tests of {package} must pass before it is changed, got {test}")
    seconds, _, hits = json.loads((copy.root / "mutation.json").read_text())
    tests = {mutants[int(number)]: found for number, found in hits.items()}
    print(f"{package}: {len(seconds)} tests, {time.monotonic() - start:.0f} s", flush=True)
    return Known(files, seconds, tests)


def judge(copy: Copy, mutant: Mutant, known: Known) -> tuple[str, str]:
    """Say whether a mutant is killed, and by which test."""
    source = (copy.root / mutant.path).read_bytes()
    copy.write(mutant.path, mutant.changed(source))
    try:
        for tests in filter(None, known.stages(mutant)):
            limit = 60 + 5 * sum(known.seconds[test] for test in tests)
            answer, test = copy.run(known.files_of(tests), tests, limit)
            if answer != "passed":
                return {"failed": "killed"}.get(answer, answer), test
        return "survived", ""
    finally:
        copy.write(mutant.path, source)


def try_all(
    mutants: list[Mutant],
    out: Path,
    *,
    workers: int,
    seconds: float,
    memory: int,
    again: bool,
) -> None:
    """Judge every mutant that the file does not know yet; append what came out."""
    past = read(out)
    if again:
        past = {k: record for k, record in past.items() if record["answer"] != "survived"}
    open_ones = [mutant for mutant in mutants if key(mutant) not in past]
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="skal-mutants-") as folder, out.open("a") as file:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for worker in range(workers):
            copies.put(Copy(Path(folder) / str(worker), memory))

        def with_a_copy(task, *args):
            copy = copies.get()
            try:
                return task(copy, *args)
            finally:
                copies.put(copy)

        def record(mutant: Mutant, known: Known) -> None:
            if time.monotonic() - started > seconds:
                return
            answer, test = with_a_copy(judge, mutant, known)
            source = sources[mutant.path]
            line = source[: mutant.start].count(b"\n") + 1
            found = {"key": key(mutant), "answer": answer, "line": line, "test": test}
            found |= {"diff": mutant.diff(source), **asdict(mutant)}
            file.write(json.dumps(found) + "\n")
            file.flush()
            print(f"{answer:9} {mutant.path}:{line} {mutant.kind} {test}", flush=True)

        sources = {mutant.path: (ROOT / mutant.path).read_bytes() for mutant in open_ones}
        packages = dict.fromkeys(mutant.package for mutant in open_ones)
        with ThreadPoolExecutor(workers) as pool:
            for package in packages:  # one after the other: the first answers come soon
                mine = [mutant for mutant in open_ones if mutant.package == package]
                known = with_a_copy(unchanged, package, mine)
                list(pool.map(record, mine, [known] * len(mine)))


def key(mutant: Mutant) -> str:
    return f"{mutant.path} {mutant.digest} {mutant.start} {mutant.end} {mutant.after}"


def read(out: Path) -> dict[str, dict]:
    """Records of a file by their keys; a later one takes the place of an earlier one."""
    lines = out.read_text().splitlines() if out.exists() else []
    return {record["key"]: record for record in map(json.loads, lines)}


def report(mutants: list[Mutant], out: Path) -> str:
    """Write every survivor with its diff, and a table of the packages."""
    wanted = {key(mutant) for mutant in mutants}
    records = [record for found, record in read(out).items() if found in wanted]
    lines = []
    for record in sorted(records, key=lambda record: (record["path"], record["line"])):
        if record["answer"] == "survived":
            lines += [f"{record['path']}:{record['line']} ({record['kind']})", record["diff"], ""]
    lines += ["| package | tried | killed | timed out | survived |", "|---|---|---|---|---|"]
    for package in [*dict.fromkeys(mutant.package for mutant in mutants), "all"]:
        answers = Counter(r["answer"] for r in records if package in (r["package"], "all"))
        tried = sum(answers.values())
        share = f" ({answers['survived'] / tried:.0%})" if tried else ""
        lines.append(
            f"| {package} | {tried} | {answers['killed']} | {answers['timed out']} "
            f"| {answers['survived']}{share} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("packages", nargs="*", default=PACKAGES, help="rooms of skal")
    parser.add_argument("--mutants", type=int, default=200, help="how many are drawn")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("mutants.jsonl"))
    parser.add_argument("--workers", type=int, default=1, help="tests that run side by side")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no more after")
    parser.add_argument("--memory", type=int, default=24, help="address space of a test run in GiB")
    parser.add_argument("--again", action="store_true", help="try survivors once more")
    parser.add_argument("--list", action="store_true", help="show the mutants and run nothing")
    given = parser.parse_args()
    mutants = sample(list(given.packages), given.mutants, given.seed)
    if given.list:
        for mutant in mutants:
            source = (ROOT / mutant.path).read_bytes()
            print(mutant.path, mutant.kind, mutant.diff(source), sep="\n")
        return
    os.environ.update(QUIET)
    SERVER.set_forkserver_preload(PRELOADED)
    try:
        try_all(
            mutants,
            given.out,
            workers=given.workers,
            seconds=given.seconds,
            memory=given.memory,
            again=given.again,
        )
    except KeyboardInterrupt:
        pass  # what was judged is in the file
    print("\n" + report(mutants, given.out))


if __name__ == "__main__":
    main()
