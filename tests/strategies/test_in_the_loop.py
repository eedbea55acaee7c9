"""Every strategy by its name, with trained classifiers, through the whole loop."""

import numpy as np
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier
from sklearn.naive_bayes import GaussianNB
from torch import nn

from skal import ActiveLearner, ANNClassifier, CNNClassifier, NetClassifier
from skal.evidence import Evidence, check_provides
from skal.exceptions import EvidenceError
from skal.strategies import STRATEGIES, check_strategy

NAMES = sorted(STRATEGIES)
RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5)) + 2 * np.eye(5)[np.arange(60) % 3]
Y = np.arange(60) % 3

everywhere = pytest.mark.parametrize("name", NAMES)


class Delicate(nn.Module):
    """Dropout and BatchNorm, whose state a query must leave alone."""

    def __init__(self, n_features=5, n_classes=3):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(n_features, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3)
        )
        self.head = nn.Linear(8, n_classes)

    def forward(self, x):
        return self.head(self.body(x))


def net(**params):
    return ANNClassifier(8, dropout=0.3, max_epochs=2, **params)


def classifier_for(name, otherwise):
    """A classifier that can answer what a strategy needs."""
    needs = check_strategy(name).needs().values()
    if name == "expected_error_reduction":
        return GaussianNB()
    try:
        check_provides(otherwise, needs, name)
    except EvidenceError:
        return RandomForestClassifier(4)
    return otherwise


def learner_for(name, classifier=None, **params):
    given = {"init_size": 12, "query_size": 5, "budget": 22, "random_state": 0, **params}
    chosen = classifier_for(name, net()) if classifier is None else classifier
    return ActiveLearner(chosen, name, **given)


def rows_of(learner):
    rows = learner.labeled_rows_.tolist()
    assert len(set(rows)) == len(rows)
    return rows


@everywhere
def test_a_fit_that_goes_on_asks_what_one_fit_asks(name, global_rng_untouched):
    whole = rows_of(learner_for(name, budget=22).fit(X, Y))
    parts = learner_for(name, budget=17).fit(X, Y)
    parts.set_params(budget=22, warm_start=True).fit(X, Y)
    assert rows_of(parts) == whole
    assert len(whole) == 22


@everywhere
def test_colour_images_with_string_labels_are_queried(name):
    images = np.random.default_rng(0).integers(0, 255, size=(40, 3, 8, 8)).astype(np.uint8)
    labels = np.array(["cat", "dog"])[np.arange(40) % 2]
    cnn = CNNClassifier(channels=(2,), hidden_dim=8, dropout=0.3, max_epochs=1)
    chosen = classifier_for(name, cnn)
    pool = images if chosen is cnn else images.reshape(40, -1)
    learner = learner_for(name, chosen, init_size=8, query_size=4, budget=12).fit(pool, labels)
    assert len(rows_of(learner)) == 12


@everywhere
def test_odd_pools_are_queried(name):
    copies = np.repeat(X[:12], 3, axis=0).astype(np.float32)
    used_up = learner_for(name, query_size=17, budget=None).fit(copies, np.repeat(Y[:12], 3))
    assert sorted(rows_of(used_up)) == list(range(36))
    one_class = learner_for(name, budget=17).fit(X, np.zeros(60, dtype=int))
    assert len(rows_of(one_class)) == 17
    rare = np.where(np.arange(60) == 0, 3, Y)
    unseen = learner_for(name, query_size=1, budget=14).fit(X, rare)
    assert 0 not in unseen.labeled_rows_[:12]  # so the classifier knows three of four classes
    assert len(rows_of(unseen)) == 14


@everywhere
def test_people_are_asked_one_round_after_the_other(name):
    learner = learner_for(name)
    for n in (6, 4, 4):
        rows = learner.query(X, n)
        assert rows.tolist() == learner.query(X, n).tolist()
        learner.teach(X[rows], Y[rows], rows=rows, classes=[0, 1, 2])
    assert len(rows_of(learner)) == 14


@pytest.mark.parametrize(
    "name", [n for n in NAMES if isinstance(classifier_for(n, net()), ANNClassifier)]
)
def test_a_query_leaves_the_net_as_it_was(name):
    fitted = NetClassifier(Delicate, max_epochs=2, random_state=0).fit(X, Y)
    module = fitted.module_
    module.body[1].train()  # whatever mode a part is in
    state = {key: value.clone() for key, value in module.state_dict().items()}
    modes = [(m.training, len(m._forward_hooks)) for m in module.modules()]
    flags = [(p.requires_grad, p.grad is None) for p in module.parameters()]
    pool = X.astype(np.float32)
    evidence = Evidence(
        fitted,
        pool,
        np.arange(12, 60),
        classes=fitted.classes_,
        X_labeled=pool,
        rows_labeled=np.arange(12),
        y_labeled=Y[:12],
    )
    check_strategy(name).choose(evidence, 5, np.random.default_rng(0))
    assert all(torch.equal(state[key], value) for key, value in module.state_dict().items())
    assert [(m.training, len(m._forward_hooks)) for m in module.modules()] == modes
    assert [(p.requires_grad, p.grad is None) for p in module.parameters()] == flags


# ---------------------------------------------------------------- cold starts

COLD = [
    "random",
    "k_center",
    "lightweight_coreset",
    "facility_location",
    "kernel_herding",
    "prob_cover",
    "kmeans",
    "typiclust",
    "munro_clusters",
    "representative",
    "adaptive_representative",
    "representative_clusters",
]


@pytest.mark.parametrize("name", COLD)
def test_an_initial_set_needs_no_model(name):
    pool = np.random.default_rng(0).integers(0, 255, size=(40, 1, 4, 4)).astype(np.uint8)
    learner = ActiveLearner(net(), initial=name, init_size=7, query_size=5, random_state=0)
    rows = learner.query(pool)
    assert len(set(rows.tolist())) == 7
    learner.set_params(budget=12).fit(pool, np.arange(40) % 3)
    assert learner.labeled_rows_[:7].tolist() == rows.tolist()


def test_what_needs_a_model_is_no_initial_set():
    for name in sorted({*NAMES} - {*COLD, "auto"}):
        with pytest.raises(ValueError, match="needs no labels"):
            ActiveLearner(net(), initial=name).query(X)
