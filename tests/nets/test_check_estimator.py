"""scikit-learn's own checks, all of them, without expected failures.

One batch an epoch: weights stand for repeated rows only where both give the same steps.
"""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from skal.nets import ANNClassifier, CNNClassifier, NetClassifier, NetEnsemble
from tests.nets.modules import Tiny


@pytest.mark.filterwarnings("ignore:X holds values")  # of some checks, up to 100
@parametrize_with_checks(
    [
        ANNClassifier(16, max_epochs=15, batch_size=512, lr=0.05, random_state=0),
        CNNClassifier(
            channels=(4,), hidden_dim=16, max_epochs=15, batch_size=512, lr=0.05, random_state=0
        ),
        NetClassifier(Tiny, max_epochs=15, batch_size=512, lr=0.05, random_state=0),
        NetClassifier(
            Tiny, module__width=16, max_epochs=15, batch_size=512, lr=0.05, random_state=0
        ),
        NetEnsemble(
            ANNClassifier(8, max_epochs=15, batch_size=512, lr=0.05),
            n_estimators=2,
            random_state=0,
        ),
    ]
)
def test_a_net_is_a_scikit_learn_classifier(estimator, check):
    check(estimator)
