import pytest
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner

disagreement = pytest.importorskip("modAL.disagreement")


@pytest.mark.parametrize("name", ["vote_entropy_sampling", "max_disagreement_sampling"])
def test_a_member_may_be_an_ensemble_itself(name):
    X, y = load_digits(return_X_y=True)
    members = [("a", LogisticRegression(max_iter=500)), ("b", RandomForestClassifier(5))]
    voters = VotingClassifier(members, voting="soft")
    learner = ActiveLearner(
        voters, getattr(disagreement, name), init_size=40, query_size=10, budget=50, random_state=0
    ).fit(X[:200] / 16, y[:200])
    assert learner.n_labeled_ == 50
