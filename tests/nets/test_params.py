"""Parameters that all nets share, and what a class of one's own makes of them."""

import ast
import inspect
import pickle
import re

import numpy as np
import pytest
from sklearn.base import clone

from skal.evidence import MCProba
from skal.nets import ANNClassifier, CNNClassifier, NetClassifier, NetEnsemble
from tests.nets.modules import Tiny, X, Y

NETS = [ANNClassifier, CNNClassifier, NetClassifier]


@pytest.mark.parametrize("kind", [*NETS, NetEnsemble])
def test_defaults_are_those_of_the_docstring(kind):
    for name, parameter in inspect.signature(kind).parameters.items():
        said = re.findall(rf"^ +{name} : [^\n]*default=(.+)$", kind.__doc__, re.MULTILINE)
        expected = [] if parameter.default is parameter.empty else [parameter.default]
        assert [ast.literal_eval(default) for default in said] == expected, name


def test_a_parameter_of_several_nets_has_one_default_and_one_hint():
    ann, cnn, net = (inspect.signature(kind).parameters for kind in NETS)
    shared = list(net)[1:]
    assert [str(ann[n]) for n in shared] == [str(cnn[n]) for n in shared]
    assert [str(ann[n]) for n in shared] == [str(net[n]) for n in shared]


class Width(NetClassifier):
    """A net of one's own, in whose constructor few parameters are named."""

    def __init__(self, width=8, max_epochs=2, random_state=None):
        super().__init__(Tiny, max_epochs=max_epochs, random_state=random_state)
        self.width = width

    def _build_module(self, params, dtype):
        return super()._build_module({"width": self.width, **params}, dtype)


def test_a_subclass_with_a_constructor_of_its_own_trains_and_goes_on():
    own = clone(Width(5, random_state=0)).fit(X, Y).partial_fit(X, Y)
    net = NetClassifier(Tiny, module__width=5, max_epochs=2, random_state=0)
    expected = net.fit(X, Y).partial_fit(X, Y).predict_proba(X)
    np.testing.assert_array_equal(own.predict_proba(X), expected)
    copied = pickle.loads(pickle.dumps(own))
    np.testing.assert_array_equal(copied.predict_proba(X), expected)
    assert copied.get_params() == {"width": 5, "max_epochs": 2, "random_state": 0}


@pytest.mark.parametrize(
    ("params", "blamed"),
    [({"width": 9}, "width"), ({"lr": 0.1, "module__width": 9}, "module__width")],
)
def test_the_parameter_that_changes_the_sizes_of_layers_is_blamed(params, blamed):
    net = NetClassifier(Tiny, max_epochs=1, random_state=0) if "lr" in params else Width(5)
    with pytest.raises(ValueError, match=f"^`{blamed}` must stay .* got 9"):
        net.fit(X, Y).set_params(**params).partial_fit(X, Y)


def test_a_rate_of_dropout_that_was_set_since_says_nothing_of_the_fitted_net():
    net = ANNClassifier(4, dropout=0.5, max_epochs=1)
    assert net.fit(X, Y).set_params(dropout=0.0).provides(MCProba())
    assert not net.fit(X, Y).set_params(dropout=0.5).provides(MCProba())
