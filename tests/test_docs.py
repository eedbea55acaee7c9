"""Every Python block of the pages for users and developers runs, and prints what they say."""

import contextlib
import doctest
import io
import re
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import pytest

ROOT = Path(__file__).parent.parent
GUIDE = sorted((ROOT / "docs" / "user").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "docs" / "architecture.md", *GUIDE]
LINKED = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(
    r"(?P<mark><!-- needs data -->\n)?```python\n(?P<code>.*?)```"
    r"(?:\n\n```text\n(?P<said>.*?)```)?",
    re.DOTALL,
)
LINK = re.compile(r"\[[^\]]*\]\(([^)#]+)[^)]*\)")


class Block(NamedTuple):
    line: int
    code: str
    said: str | None  # what it must print; None: not looked at
    needs_data: bool


def blocks_of(text):
    """Python blocks of a page, each with the output that follows it."""
    return [
        Block(
            line=text[: found.start("code")].count("\n"),
            code=found["code"],
            said=found["said"],
            needs_data=found["mark"] is not None,
        )
        for found in BLOCK.finditer(text)
    ]


def run_blocks(blocks, name):
    """Run blocks in one namespace; compare what each prints."""
    namespace = {"__name__": name}
    checker = doctest.OutputChecker()
    for block in blocks:
        printed = io.StringIO()
        code = compile("\n" * block.line + block.code, name, "exec")
        with contextlib.redirect_stdout(printed):
            exec(code, namespace)
        if block.said is not None:
            assert checker.check_output(block.said, printed.getvalue(), doctest.ELLIPSIS), (
                f"{name}:{block.line} prints\n{printed.getvalue()}the page says\n{block.said}"
            )


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    plt.close("all")


def short(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_the_page_runs(page):
    blocks = [b for b in blocks_of(page.read_text(encoding="utf8")) if not b.needs_data]
    run_blocks(blocks, short(page))


@pytest.mark.needs_data
def test_the_blocks_on_real_data_run(data_home, monkeypatch):
    monkeypatch.setenv("SKAL_DATA", str(data_home))
    for page in PAGES:
        blocks = blocks_of(page.read_text(encoding="utf8"))
        run_blocks([b for b in blocks if b.needs_data], short(page))


@pytest.mark.parametrize("page", LINKED, ids=short)
def test_links_lead_somewhere(page):
    targets = [t for t in LINK.findall(page.read_text(encoding="utf8")) if "://" not in t]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing, f"{short(page)} links to {missing}"


def test_every_picture_and_table_of_the_docs_is_shown_by_a_page():
    shown = {
        (page.parent / target).resolve()
        for page in LINKED
        for target in LINK.findall(page.read_text(encoding="utf8"))
        if "://" not in target
    }
    kept = (path for path in (ROOT / "docs").rglob("*.*") if path.suffix not in {".py", ".pyc"})
    unseen = [short(path) for path in kept if path.resolve() not in shown]
    assert not [name for name in unseen if not name.endswith(".md")], unseen


def test_the_index_names_every_page():
    index = (ROOT / "docs" / "user" / "index.md").read_text(encoding="utf8")
    assert {page.name for page in GUIDE} - {"index.md"} == set(re.findall(r"\((\w+\.md)\)", index))


def test_the_readme_has_a_quickstart_of_ten_lines_or_so():
    first = blocks_of((ROOT / "README.md").read_text(encoding="utf8"))[0]
    assert len([line for line in first.code.splitlines() if line]) <= 11


def test_a_wrong_output_is_caught():
    blocks = blocks_of("```python\nprint(1)\n```\n\n```text\n2\n```\n")
    with pytest.raises(AssertionError, match="the page says"):
        run_blocks(blocks, "page")


def test_a_marked_block_is_known_as_such():
    text = "<!-- needs data -->\n```python\na\n```\n\n```python\nb\n```\n"
    assert [(b.needs_data, b.line) for b in blocks_of(text)] == [(True, 2), (False, 6)]
