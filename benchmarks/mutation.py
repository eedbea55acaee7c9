"""Change one thing in skal at random, and see whether a test notices; again and again.

    python benchmarks/mutation.py [packages ...] [--mutants 200] [--seed 0] [--out mutants.jsonl]
                                  [--workers 1] [--seconds 3600] [--again] [--list]

A mutant is the tree with one operator, sign, comparison, constant, condition or bound changed.
It is killed where a test of its package fails, and survives where all pass: a survivor is a line
that no test reads closely, or a change that means nothing. Docstrings, strings, type hints, error
texts, warnings and `__all__` are left alone.

The sample is drawn evenly over the packages (by default learner, nets, evidence, strategies,
experiment, measures). Tests run in copies of the tree in a temporary folder, never in the
checkout: first those that mirror the module, name it or killed mutants of it before, then the
others of the package. A limit of time, thrice what the unchanged tests take, ends endless loops.

Every answer is a line of the file `--out`; the same command goes on where it was stopped, and
tries anew what stands in changed files; with `--again` also those that survived, such as after
tests were added. Run it under `nice -n 10` beside other work.
"""

import argparse
import ast
import difflib
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("learner", "nets", "evidence", "strategies", "experiment", "measures")
NOT_COPIED = (".git", ".venv", "__pycache__", "*.egg-info", "skal_demo", ".*_cache", "results")

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
    found = []
    for site in Sites(source).found:
        line = text[text.rfind(b"\n", 0, site.start) + 1 :].split(b"\n")[0]
        place = site.start - text.rfind(b"\n", 0, site.start)
        rng = random.Random(f"{seed} {path} {place} {line!r}")
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


# ---------------------------------------------------------------- does a test notice?


def test_files(package: str, root: Path) -> list[str]:
    """Test files of a package."""
    folder = root / "tests" / package
    one = root / "tests" / f"test_{package.lstrip('_')}.py"
    found = [*sorted(folder.rglob("test_*.py")), *([one] if one.exists() else [])]
    if not found:
        raise SystemExit(f"skal/{package} must have tests, got neither {folder} nor {one}")
    return [path.relative_to(root).as_posix() for path in found]


def likely_files(mutant: Mutant, files: list[str], root: Path, killers: Counter) -> list[str]:
    """Test files to ask first: the mirror, those that killed before, those that name the module."""
    stem = Path(mutant.path).stem
    dotted = mutant.path.removesuffix(".py").replace("/", ".")

    def names_it(file: str) -> bool:
        text = (root / file).read_text(encoding="utf8")
        return f"{dotted} " in text or f"{dotted}\n" in text

    mirror = [file for file in files if Path(file).stem == f"test_{stem.lstrip('_')}"]
    before = [file for file, _ in killers.most_common(2) if file in files]
    naming = [file for file in files if names_it(file)][:3]
    return list(dict.fromkeys(mirror + before + naming)) or files[:1]


class Copy:
    """A copy of the tree in which tests run."""

    def __init__(self, folder: Path, memory: int) -> None:
        self.root = folder
        self.memory = memory
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED))

    def run(self, files: list[str], limit: float) -> tuple[str, str]:
        """Run tests until one fails: "passed", "failed" or "timed out", and which one."""
        # No cache may stand for a changed source; the first run writes those of all others.
        env = os.environ | {"PYTHONPATH": str(self.root), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "--tb=no", "-rN"]
        command += ["-p", "no:cacheprovider", "-rfE", *files]
        tests = subprocess.Popen(
            ["bash", "-c", f'ulimit -v {self.memory << 20}; exec "$@"', "bash", *command],
            cwd=self.root, env=env, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            said, _ = tests.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(tests.pid, signal.SIGKILL)  # what the tests started goes with them
            tests.communicate()
            return "timed out", ""
        if tests.returncode in (0, 5):  # 5: a module without doctests
            return "passed", ""
        which = re.search(r"^(?:FAILED|ERROR) (\S+)", said, re.MULTILINE)
        return "failed", which[1] if which else said[-500:]

    def judge(self, mutant: Mutant, stages: list[list[str]], limit: float) -> tuple[str, str]:
        path = self.root / mutant.path
        source, times = path.read_bytes(), path.stat()
        path.write_bytes(mutant.changed(source))
        os.utime(path, (times.st_atime, times.st_mtime + 1000))  # or a cached module would be read
        try:
            for files in stages:
                answer, test = self.run(files, limit)
                if answer != "passed":
                    return {"failed": "killed"}.get(answer, answer), test
            return "survived", ""
        finally:
            path.write_bytes(source)
            os.utime(path, (times.st_atime, times.st_mtime))


def baseline(copy: Copy, packages: list[str]) -> dict[str, float]:
    """Seconds that the unchanged tests of each package take; they must pass."""
    seconds = {}
    for package in packages:
        start = time.monotonic()
        answer, test = copy.run([*test_files(package, copy.root), home(package)], 7200)
        if answer != "passed":
            raise SystemExit(f"the tests of {package} must pass before it is changed, got {test}")
        seconds[package] = time.monotonic() - start
        print(f"{package}: unchanged tests take {seconds[package]:.0f} s", flush=True)
    return seconds


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
    known = read(out)
    if again:
        known = {k: record for k, record in known.items() if record["answer"] != "survived"}
    open_ones = [mutant for mutant in mutants if key(mutant) not in known]
    killers: dict[str, Counter] = defaultdict(Counter)
    for record in known.values():
        killers[record["path"]][record["test"].partition("::")[0]] += record["answer"] == "killed"
    if not open_ones:
        return
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="skal-mutants-") as folder, out.open("a") as file:
        trees = [Copy(Path(folder) / str(worker), memory) for worker in range(workers)]
        limits = baseline(trees[0], sorted({mutant.package for mutant in open_ones}))
        copies: SimpleQueue[Copy] = SimpleQueue()
        for tree in trees:
            copies.put(tree)

        def judge(mutant: Mutant) -> None:
            if time.monotonic() - started > seconds:
                return
            copy = copies.get()
            try:
                files = test_files(mutant.package, copy.root)
                likely = likely_files(mutant, files, copy.root, killers[mutant.path])
                rest = [name for name in files if name not in likely]
                # Doctests come after tests that import skal, or pytest imports their module twice.
                stages = [[*likely, mutant.path], rest] if rest else [[*likely, mutant.path]]
                limit = 60 + 3 * limits[mutant.package]
                answer, test = copy.judge(mutant, stages, limit)
                source = (copy.root / mutant.path).read_bytes()
            finally:
                copies.put(copy)
            line = source[: mutant.start].count(b"\n") + 1
            if answer == "killed":
                killers[mutant.path][test.partition("::")[0]] += 1
            record = {"key": key(mutant), "answer": answer, "line": line, "test": test}
            record |= {"diff": mutant.diff(source), **asdict(mutant)}
            file.write(json.dumps(record) + "\n")
            file.flush()
            print(f"{answer:9} {mutant.path}:{line} {mutant.kind} {test}", flush=True)

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(judge, open_ones))


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
