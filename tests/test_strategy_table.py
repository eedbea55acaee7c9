"""The table of strategies in the user guide is what the docstrings say, and they say enough."""

import importlib.util
import re
from pathlib import Path

from skal import evidence
from skal.evidence import Embedding, Inputs, Labeled, MCProba, Need, Proba, Said, Swept
from skal.strategies import BatchStrategy, Random, Strategy, UtilityStrategy

DOCS = Path(__file__).parent.parent / "docs"
BASELINES = {Random}  # nobody's idea, of no cost, and no choice between use and avoid


def load_generator():
    path = DOCS / "make_strategy_table.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = load_generator()
EXPORTED = [s for family in GENERATOR.families() for s in GENERATOR.exported(family)]
DESCRIBED = [strategy for strategy in EXPORTED if strategy not in BASELINES]


def test_the_page_is_what_the_docstrings_say():
    there = GENERATOR.PAGE.read_text(encoding="utf8")
    assert there == GENERATOR.page(), "run python docs/make_strategy_table.py"


def test_docstrings_say_what_strategies_cost_where_to_use_them_and_who_found_them():
    for strategy in DESCRIBED:
        entry = GENERATOR.entry(strategy)
        fields = ("time", "memory", "use", "avoid", "source")
        missing = [field for field in fields if not getattr(entry, field)]
        assert not missing, (
            f"{strategy.__name__} says nothing of {missing}; lines of its Notes are 'Time ...; "
            "memory ...', 'Use where ...', 'Avoid where ...', and a reference is authors (year)"
        )


def test_docstrings_of_rankings_give_formula_and_range():
    for strategy in EXPORTED:
        said = GENERATOR.notes(strategy).get("Utility is", "")
        assert not issubclass(strategy, UtilityStrategy) or re.search(r"\bin [\[(]", said), (
            f"the Notes of {strategy.__name__} lack 'Utility is <formula>, in [low, high].'"
        )


def test_every_strategy_is_in_the_page_once():
    page = GENERATOR.page()
    for strategy in EXPORTED:
        # one row of what it asks, one of what it costs
        rows = [line for line in page.splitlines() if f"| `{strategy.__name__}` |" in line]
        assert len(rows) == 2, strategy.__name__


def test_every_kind_of_need_has_words():
    kinds = [vars(evidence)[name] for name in evidence.__all__]
    needs = {t for t in kinds if isinstance(t, type) and issubclass(t, Need)} - {Need, Said, Swept}
    assert len(needs) > 12
    assert all("words" in vars(need) for need in needs)


# ---------------------------------------------------------------- how a docstring is read


class Made(BatchStrategy):
    """Ask first what was made up.

    And more about it.

    Notes
    -----
    A line before.
    Time O(n c),
    on a good day; memory O(n).
    Use where nothing
    else will do.
    A line between.
    Avoid where a | b < c * d.

    References
    ----------
    Doe, Roe, Poe (1999), "A title; not an end", ICML, arXiv 1901.00001. Moe (2001), "Other",
    arXiv 2001.00002.
    """

    def __init__(self, space=None):
        self.space = space

    def needs(self):
        return {
            "draws": MCProba(7),
            "layer": Embedding("3"),
            "known": Labeled(Embedding("3")),
            "perhaps": Labeled(Inputs(), required=False),
            "again": MCProba(7),
        }

    def select(self, n, rng, **arrays):
        raise NotImplementedError


Made.name = "made"  # given afterwards, so that it does not join STRATEGIES


def test_sentences_run_over_lines_and_end_with_their_point():
    assert GENERATOR.notes(Made) == {
        "Time": "O(n c), on a good day; memory O(n)",
        "Use where": "nothing else will do",
        "Avoid where": "a | b < c * d",
    }


def test_an_entry_has_all_that_the_docstring_says():
    assert GENERATOR.entry(Made) == GENERATOR.Entry(
        name='`"made"`',
        strategy="`Made`",
        asked="Ask first what was made up",
        gives="set",
        evidence="MC passes (7), layer 3, labelled layer 3, labelled inputs if any",
        time="O(n c), on a good day",
        memory="O(n)",
        use="nothing else will do",
        avoid="a | b < c * d",
        source="Doe et al. (1999), [arXiv 1901.00001](https://arxiv.org/abs/1901.00001)",
    )


def test_signs_of_markdown_are_written_plainly():
    assert GENERATOR.cell("a | b < c * d ``e``") == r"a \| b &lt; c \* d `e`"


def test_time_and_memory_may_share_a_sentence():
    assert GENERATOR.costs("and memory are those of its parts") == ("those of its parts",) * 2


def test_the_source_of_another_entry_is_not_taken():
    class Two(Made):
        """Ask.

        References
        ----------
        Doe, Roe (1999), "A title", ICML.
        Moe (2001), "Other", arXiv 2001.00002.
        """

    assert GENERATOR.source(Two) == "Doe and Roe (1999)"


def test_a_class_does_not_speak_for_its_heirs():
    class Heir(Made):
        pass

    assert GENERATOR.notes(Heir) == {}


def test_what_must_be_given_stands_in_place_of_the_evidence():
    class Choosy(Strategy):
        def __init__(self, groups, n=1):
            self.groups = groups

        def needs(self):
            return {"proba": Proba()}

        def choose(self, evidence, n, rng):
            raise NotImplementedError

    assert GENERATOR.needed(Choosy) == "depends on `groups`"
