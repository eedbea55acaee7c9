"""scikit-learn's own checks, without expected failures, over everything the loop can serve."""

import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from skal import ActiveLearner, ANNClassifier, CNNClassifier
from skal.learner import MODES

ANN = ANNClassifier(hidden_dim=16, max_epochs=8, lr=0.03, batch_size=32)
CNN = CNNClassifier(channels=(4,), hidden_dim=16, max_epochs=8, lr=0.03, batch_size=32)


def pairings():
    everywhere = [ANN, CNN, SGDClassifier(), make_pipeline(StandardScaler(), ANN)]
    pairs = [(estimator, mode) for estimator in everywhere for mode in MODES]
    pairs += [(LogisticRegression(), mode) for mode in ("cumulative", "half-cumulative")]
    pairs.append((RandomForestClassifier(n_estimators=5), "cumulative"))
    return [ActiveLearner(est, mode=mode, query_size=0.5, random_state=0) for est, mode in pairs]


@pytest.mark.slow
@pytest.mark.filterwarnings(  # SGDClassifier, by itself, on a dozen rows of noise
    "ignore:Maximum number of iteration:sklearn.exceptions.ConvergenceWarning"
)
@pytest.mark.filterwarnings("ignore:X holds values")  # of some checks, up to 100
@parametrize_with_checks(pairings())
def test_learner_keeps_the_contract_of_scikit_learn(estimator, check):
    check(estimator)
