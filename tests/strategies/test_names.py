"""Names of strategies: any case, any sign between words, and words from elsewhere."""

import pytest
from sklearn.base import clone

from skal.strategies import ALIASES, STRATEGIES, check_strategy, strategy_named


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("uncertainty", "least_confidence"),
        ("uncertainty_sampling", "least_confidence"),
        ("margin_sampling", "margin"),
        ("Entropy Sampling", "entropy"),
        ("coreset", "k_center"),
        ("core_set", "k_center"),
        ("CoreSet", "k_center"),
        ("qbc", "vote_entropy"),
        ("query-by-committee", "vote_entropy"),
        ("density", "information_density"),
        ("mc_dropout", "bald"),
        ("BALD", "bald"),
        ("BatchBALD", "batch_bald"),
        ("ProbCover", "prob_cover"),
        ("least confidence", "least_confidence"),
    ],
)
def test_names_that_people_know_are_found(name, known):
    assert repr(check_strategy(name)) == repr(check_strategy(known))


def test_a_strategy_of_another_name_is_the_ordinary_one():
    found, plain = check_strategy("margin_sampling"), check_strategy("margin")
    assert type(found) is type(plain)
    assert found.get_params() == plain.get_params() == clone(found).get_params()


def test_no_alias_hides_a_registered_name():
    names = {name.replace("_", "") for name in STRATEGIES}
    assert not names & set(ALIASES)
    assert {*ALIASES.values()} <= {*STRATEGIES}


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("margins", "margin"), ("uncertain", "least_confidence"), ("bagde", "badge")],
)
def test_an_unknown_name_lists_the_ten_likeliest_and_where_all_stand(wrong, meant):
    with pytest.raises(ValueError, match=r"not known; did you mean .*strategy_table\.md") as error:
        strategy_named(wrong)
    named = str(error.value).partition("did you mean ")[2].partition("?")[0].split(", ")
    assert len(named) == 10
    assert named[0] == repr(meant)
