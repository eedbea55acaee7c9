"""Training: seeds, fresh starts, parameters, callbacks and optimizers."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from joblib import Parallel, delayed, parallel_backend
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from skorch.callbacks import Callback, EarlyStopping, LRScheduler
from skorch.dataset import ValidSplit
from torch import nn

from skal.nets import ANNClassifier, CNNClassifier, NetClassifier, NetEnsemble
from skal.nets._training import touches_global_rng
from tests.nets.modules import IMAGES, Bare, Nested, Tiny, X, Y, same_weights, weights


def ann(**params):
    return ANNClassifier(8, **{"max_epochs": 3, "batch_size": 16, "random_state": 0, **params})


def net(module=Nested, **params):
    return NetClassifier(module, **{"max_epochs": 3, "batch_size": 16, "random_state": 0, **params})


INSTANCE = Nested()
CLASSIFIERS = {
    "ann": lambda **p: ann(**p),
    "ann with dropout": lambda **p: ann(dropout=0.5, **p),
    "module": lambda **p: net(**p),
    "instance": lambda **p: net(INSTANCE, **p),
}
each = pytest.mark.parametrize("make", CLASSIFIERS.values(), ids=CLASSIFIERS)


# ---------------------------------------------------------------- seeds


@each
def test_the_same_seed_gives_the_same_weights(make):
    assert same_weights(make().fit(X, Y), make().fit(X, Y))


@each
def test_other_seeds_give_other_weights(make):
    assert not same_weights(make().fit(X, Y), make(random_state=1).fit(X, Y))


@each
def test_no_global_generator_is_moved_or_read(make, global_rng_untouched):
    first = make().fit(X, Y).partial_fit(X, Y)
    first.predict_proba(X), first.embed(X)
    with torch.random.fork_rng():
        torch.manual_seed(99)
        assert same_weights(first, make().fit(X, Y).partial_fit(X, Y))


def test_a_cnn_with_dropout_leaves_the_global_generators(global_rng_untouched):
    cnn = CNNClassifier(channels=(2,), hidden_dim=4, dropout=0.3, max_epochs=2, random_state=0)
    again = clone(cnn).fit(IMAGES, np.arange(24) % 2)
    assert same_weights(cnn.fit(IMAGES, np.arange(24) % 2), again)


class Attending(nn.MultiheadAttention):
    def forward(self, X):
        return super().forward(X[:, None], X[:, None], X[:, None])[0][:, 0]


DRAWING = {  # module, and the shape of its rows; built here, as that draws global numbers
    "alpha dropout": (nn.Sequential(nn.Linear(5, 5), nn.AlphaDropout(0.5), nn.Linear(5, 3)), (5,)),
    "random leak": (nn.Sequential(nn.Linear(5, 5), nn.RReLU(), nn.Linear(5, 3)), (5,)),
    "random pooling": (
        nn.Sequential(
            nn.FractionalMaxPool2d((1, 2), output_size=(1, 3)), nn.Flatten(), nn.Linear(3, 3)
        ),
        (1, 1, 5),
    ),
    "transformer": (
        nn.Sequential(
            nn.TransformerEncoderLayer(5, 1, 8, dropout=0.4, batch_first=True),
            nn.Flatten(),
            nn.Linear(5, 3),
        ),
        (1, 5),
    ),
    "attention": (
        nn.Sequential(Attending(5, 1, dropout=0.4, batch_first=True), nn.Linear(5, 3)),
        (5,),
    ),
    "own forward": (Nested(), (5,)),
}


@pytest.mark.parametrize("name", DRAWING)
def test_modules_that_draw_in_training_are_seeded(name, global_rng_untouched):
    module, shape = DRAWING[name]
    rows = X.reshape(90, *shape)
    assert same_weights(net(module).fit(rows, Y), net(module).fit(rows, Y))


@each
def test_threads_give_the_same_weights_as_one_after_another(make, global_rng_untouched):
    seeds = [0, 1, 2, 3]
    alone = [weights(make(random_state=seed).fit(X, Y)) for seed in seeds]
    fits = (delayed(make(random_state=seed).fit)(X, Y) for seed in seeds)
    together = Parallel(n_jobs=2, backend="threading")(fits)
    assert all(same_weights(a, b) for a, b in zip(alone, together))


def test_predicting_in_threads_gives_the_same_answers():
    fitted = net().fit(X, Y)
    expected = fitted.predict_proba(X)
    with ThreadPoolExecutor(2) as pool:
        for proba in pool.map(fitted.predict_proba, [X] * 8):
            np.testing.assert_array_equal(proba, expected)


def test_a_random_state_object_is_drawn_from():
    rng = np.random.RandomState(0)
    first, second = ann(random_state=rng).fit(X, Y), ann(random_state=rng).fit(X, Y)
    assert not same_weights(first, second)


@pytest.mark.parametrize("split", [ValidSplit(5), ValidSplit(0.2), ValidSplit(5, stratified=True)])
def test_a_validation_split_is_seeded_too(split, global_rng_untouched):
    first, again = ann(train_split=split).fit(X, Y), ann(train_split=split).fit(X, Y)
    assert same_weights(first, again)


# ---------------------------------------------------------------- fresh starts


@each
def test_a_refit_starts_from_fresh_weights(make):
    fitted = make().fit(X, Y)
    once = weights(fitted)
    assert same_weights(fitted.fit(X[::-1], Y[::-1]).fit(X, Y), once)


@each
def test_a_clone_of_a_fitted_net_starts_from_fresh_weights(make):
    fitted = make().fit(X, Y)
    assert same_weights(clone(fitted).fit(X, Y), fitted)
    assert not hasattr(clone(fitted), "net_")


def test_a_refit_forgets_the_history():
    fitted = ann().fit(X, Y).fit(X, Y)
    assert len(fitted.history_) == 3


def test_an_instance_is_never_trained_itself():
    module = Nested()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    training = [m.training for m in module.modules()]
    net(module).fit(X, Y).partial_fit(X, Y)
    assert same_weights(dict(module.state_dict()), before)
    assert [m.training for m in module.modules()] == training


def test_an_instance_that_was_trained_starts_fresh_in_every_part():
    module = Nested()
    trained = net(module, max_epochs=10).fit(X, Y).module_
    fresh = net(trained, max_epochs=0).fit(X, Y).module_.state_dict()
    assert torch.equal(fresh["body.2.running_mean"], torch.zeros(8).double())
    assert torch.equal(fresh["body.2.running_var"], torch.ones(8).double())
    assert fresh["body.2.num_batches_tracked"] == 0
    for name, value in trained.state_dict().items():
        assert not torch.equal(fresh[name], value), name


def test_a_class_and_its_instance_start_alike_in_distribution():
    from_class = net(max_epochs=0).fit(X, Y).module_.head.weight
    from_instance = net(Nested(), max_epochs=0).fit(X, Y).module_.head.weight
    bound = 1 / np.sqrt(8)
    assert from_class.abs().max() <= bound and from_instance.abs().max() <= bound


def test_an_instance_with_bare_weights_is_refused():
    with pytest.raises(ValueError, match=r"part 'itself' \(Bare\) has weights but no reset_param"):
        net(Bare()).fit(X, Y)


def test_a_part_with_bare_weights_is_named():
    with pytest.raises(ValueError, match=r"its part '1' \(Bare\)"):
        net(nn.Sequential(nn.Identity(), Bare())).fit(X, Y)


def test_a_class_with_bare_weights_is_built_anew():
    fitted = net(Bare).fit(X, Y)
    assert same_weights(clone(fitted).fit(X, Y), fitted)


def test_an_instance_with_a_reset_of_its_own_is_reset():
    class Resettable(Bare):
        def reset_parameters(self):
            nn.init.constant_(self.weight, 0.25)

    fresh = net(Resettable(), max_epochs=0).fit(X, Y)
    assert (fresh.module_.weight == 0.25).all()


# ---------------------------------------------------------------- learning


def test_a_net_learns():
    assert ann(max_epochs=30, lr=0.02).fit(X, Y).score(X, Y) > 0.7


def test_no_epochs_leave_the_initial_weights():
    assert ann(max_epochs=0).fit(X, Y).predict_proba(X).shape == (90, 3)


def test_partial_fit_goes_on_from_the_optimizers_state():
    fitted = ann(max_epochs=1).fit(X, Y)
    steps = [int(s["step"]) for s in fitted.net_.optimizer_.state.values()]
    assert set(steps) == {6}  # 90 rows in batches of 16
    fitted.partial_fit(X, Y)
    steps = [int(s["step"]) for s in fitted.net_.optimizer_.state.values()]
    assert set(steps) == {12}


def test_every_epoch_is_in_the_history():
    history = ann().fit(X, Y).history_
    assert history[:, "epoch"] == [1, 2, 3]
    assert all(np.isfinite(history[:, "train_loss"]))
    assert history[-1, "train_loss"] < history[0, "train_loss"]


def test_the_loss_in_the_history_is_the_mean_over_rows():
    fitted = ann(max_epochs=1, batch_size=500, lr=1e-12).fit(X, Y)
    p = fitted.predict_proba(X)[np.arange(90), Y]
    assert fitted.history_[-1, "train_loss"] == pytest.approx(-np.log(p).mean(), rel=1e-6)


def test_a_net_is_in_evaluation_mode_after_training():
    assert not any(m.training for m in net().fit(X, Y).module_.modules())


def test_a_net_trains_in_training_mode_also_after_a_prediction():
    modes = []

    class Watching(Nested):
        def forward(self, X):
            modes.append(self.training)
            return super().forward(X)

    fitted = net(Watching, max_epochs=1, batch_size=90).fit(X, Y)
    fitted.predict(X)
    modes.clear()
    fitted.partial_fit(X, Y)
    assert modes == [True]


def test_verbose_prints_a_line_an_epoch(capsys):
    ann(verbose=1).fit(X, Y)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert len(lines) == 2 + 3  # two of the header


def test_nothing_is_printed_by_default(capsys):
    ann().fit(X, Y)
    assert capsys.readouterr().out == ""


# ---------------------------------------------------------------- parameters


def test_options_of_the_module_are_parameters():
    classifier = net(Tiny, module__width=4)
    assert classifier.get_params()["module__width"] == 4
    classifier.set_params(module__width=6)
    assert classifier.fit(X, Y).module_[1].out_features == 6


def test_a_clone_keeps_options_of_the_module():
    cloned = clone(net(Tiny, module__width=4, optimizer__betas=(0.8, 0.9)))
    assert cloned.get_params()["module__width"] == 4
    assert cloned.get_params()["optimizer__betas"] == (0.8, 0.9)


def test_setting_an_option_of_a_clone_leaves_the_original():
    original = net(Tiny, module__width=4)
    clone(original).set_params(module__width=9)
    assert original.get_params()["module__width"] == 4


def test_setting_an_option_leaves_the_dict_that_was_passed():
    options = {"module__width": 4}
    net(Tiny, net_params=options).set_params(module__width=9)
    assert options == {"module__width": 4}


def test_keywords_and_net_params_say_the_same():
    by_keyword = net(Tiny, module__width=4).fit(X, Y)
    by_dict = net(Tiny, net_params={"module__width": 4}).fit(X, Y)
    assert same_weights(by_keyword, by_dict)


def test_options_of_the_module_are_searched():
    search = GridSearchCV(net(Tiny, max_epochs=1), {"module__width": [2, 5]}, cv=2).fit(X, Y)
    width = search.best_params_["module__width"]
    assert search.best_estimator_.module_[1].out_features == width


def test_a_search_in_threads_equals_one_after_another():
    grid = {"hidden_dim": [2, 4], "dropout": [0.0, 0.5]}
    alone, threads = (
        GridSearchCV(ann(max_epochs=2), grid, cv=2, n_jobs=n_jobs) for n_jobs in (1, 2)
    )
    alone.fit(X, Y)
    with parallel_backend("threading"):
        threads.fit(X, Y)
    np.testing.assert_array_equal(
        alone.cv_results_["mean_test_score"], threads.cv_results_["mean_test_score"]
    )


@pytest.mark.parametrize("make", [ann, net, CNNClassifier])
@pytest.mark.parametrize("name", ["hiden_dim", "max_epoch", "modul", "net__lr"])
def test_an_unknown_keyword_is_refused(make, name):
    with pytest.raises(TypeError, match=f"has no parameter '{name}'.*; options of the net begin"):
        make(**{name: 3})


def test_an_unknown_name_in_set_params_is_refused():
    with pytest.raises(ValueError, match="Invalid parameter 'hiden_dim'"):
        ann().set_params(hiden_dim=3)


@pytest.mark.parametrize("options", [{"foo": 1}, {"optimizer__foo": 1}, {"module__foo": 1}])
def test_an_unknown_option_of_the_net_is_refused(options):
    with pytest.raises((TypeError, ValueError), match="foo"):
        net(Tiny, net_params=options).fit(X, Y)


@pytest.mark.parametrize("name", ["lr", "batch_size", "max_epochs", "optimizer", "device"])
def test_an_option_that_has_its_own_parameter_is_refused_in_net_params(name):
    words = rf"net_params holds \['{name}'\], which NetClassifier has as parameters of its own"
    with pytest.raises(TypeError, match=words):
        net(Tiny, net_params={name: 1}).fit(X, Y)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden_dim", 0), ("n_hidden", -1), ("dropout", 1.0), ("dropout", -0.1),
        ("activation", "sigmoyd"), ("max_epochs", -1), ("max_epochs", 1.5), ("batch_size", 0),
        ("lr", 0.0), ("lr", -1.0), ("optimizer", "adm"), ("weight_decay", -0.1), ("device", 3),
        ("dtype", "float16"), ("class_weight", "balanse"), ("scale_uint8", "no"),
        ("predict_batch_size", 0), ("predict_batch_size", "all"), ("callbacks", "stop"),
        ("net_params", [1]), ("random_state", "zero"),
    ],
)  # fmt: skip
def test_a_parameter_out_of_range_is_named(name, value):
    with pytest.raises(ValueError, match=f"The '{name}' parameter of ANNClassifier must be"):
        ANNClassifier(**{name: value}).fit(X, Y)


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu", "elu"])
def test_every_activation_is_built(activation):
    layers = [type(m).__name__.lower() for m in ann(activation=activation).fit(X, Y).module_]
    assert activation in layers


@pytest.mark.parametrize("n_hidden", [0, 1, 3])
def test_so_many_hidden_layers_are_built(n_hidden):
    fitted = ann(n_hidden=n_hidden).fit(X, Y)
    assert sum(isinstance(m, nn.Linear) for m in fitted.module_) == n_hidden + 1


def test_the_batch_of_prediction_can_be_set():
    small, large = ann(predict_batch_size=7).fit(X, Y), ann(predict_batch_size=64).fit(X, Y)
    np.testing.assert_allclose(small.predict_proba(X), large.predict_proba(X), rtol=1e-12)


# ---------------------------------------------------------------- optimizers


@pytest.mark.parametrize(
    ("optimizer", "kind"),
    [
        ("adam", torch.optim.Adam),
        ("adamw", torch.optim.AdamW),
        ("sgd", torch.optim.SGD),
        (torch.optim.RMSprop, torch.optim.RMSprop),
        (torch.optim.LBFGS, torch.optim.LBFGS),
    ],
)
def test_an_optimizer_is_a_name_or_a_class(optimizer, kind):
    fitted = ann(optimizer=optimizer, max_epochs=1).fit(X, Y)
    assert isinstance(fitted.net_.optimizer_, kind)
    assert np.isfinite(fitted.predict_proba(X)).all()


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
def test_an_optimizer_that_is_named_runs_fused(optimizer):
    fitted = ann(optimizer=optimizer, max_epochs=0).fit(X, Y)
    assert fitted.net_.optimizer_.defaults["fused"] is True


def test_weight_decay_and_options_reach_the_optimizer():
    group = ann(weight_decay=0.1, optimizer__betas=(0.5, 0.6)).fit(X, Y).net_.optimizer_
    assert group.param_groups[0]["weight_decay"] == 0.1
    assert group.param_groups[0]["betas"] == (0.5, 0.6)


def test_a_step_of_sgd_is_what_the_formula_says():
    start = weights(ann(n_hidden=0, max_epochs=0).fit(X, Y))
    step = ann(n_hidden=0, max_epochs=1, batch_size=90, optimizer="sgd", lr=0.1).fit(X, Y)
    W, b = start["1.weight"].numpy(), start["1.bias"].numpy()
    z = X @ W.T + b
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    error = (p - np.eye(3)[Y]) / 90  # gradient of the mean cross-entropy
    np.testing.assert_allclose(weights(step)["1.weight"], W - 0.1 * error.T @ X, rtol=1e-10)
    np.testing.assert_allclose(weights(step)["1.bias"], b - 0.1 * error.sum(axis=0), rtol=1e-10)


def test_a_weighted_step_of_sgd_is_what_the_formula_says():
    weight = np.linspace(1, 3, 90)
    start = weights(ann(n_hidden=0, max_epochs=0).fit(X, Y))
    step = ann(n_hidden=0, max_epochs=1, batch_size=90, optimizer="sgd", lr=0.1)
    step.fit(X, Y, sample_weight=weight)
    z = X @ start["1.weight"].numpy().T + start["1.bias"].numpy()
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    error = (p - np.eye(3)[Y]) * weight[:, None] / weight.sum()
    expected = start["1.weight"].numpy() - 0.1 * error.T @ X
    np.testing.assert_allclose(weights(step)["1.weight"], expected, rtol=1e-10)


def test_label_smoothing_reaches_the_criterion():
    smoothed = ann(criterion__label_smoothing=0.2).fit(X, Y)
    assert not same_weights(smoothed, ann().fit(X, Y))


# ---------------------------------------------------------------- callbacks


class PerBatch(Callback):
    def __init__(self):
        self.sizes = []

    def on_batch_end(self, net, batch=None, training=False, **kwargs):
        self.sizes.append(len(batch[0]))


@each
def test_a_callback_a_batch_takes_the_slow_path_to_the_same_weights(make):
    watched = make(callbacks=[PerBatch()]).fit(X, Y).partial_fit(X, Y)
    assert same_weights(watched, make().fit(X, Y).partial_fit(X, Y))
    (watcher,) = [cb for _, cb in watched.net_.callbacks_ if isinstance(cb, PerBatch)]
    assert watcher.sizes == [16, 16, 16, 16, 16, 10] * 6


def test_both_paths_record_the_same_losses():
    weight = np.linspace(1, 2, 90)
    slow = ann(callbacks=[PerBatch()], train_split=ValidSplit(5)).fit(X, Y, sample_weight=weight)
    fast = ann(train_split=ValidSplit(5)).fit(X, Y, sample_weight=weight)
    for name in ("train_loss", "valid_loss", "train_loss_best"):
        np.testing.assert_allclose(slow.history_[:, name], fast.history_[:, name], rtol=1e-12)


def test_the_callbacks_that_were_passed_are_copied():
    passed = PerBatch()
    ann(callbacks=[passed]).fit(X, Y)
    assert passed.sizes == []


def test_early_stopping_ends_training_quietly():
    stop = EarlyStopping(patience=2, threshold=10.0, sink=lambda *_: None)
    fitted = ann(max_epochs=50, callbacks=[stop], train_split=ValidSplit(5)).fit(X, Y)
    assert len(fitted.history_) == 3
    assert fitted.predict(X).shape == (90,)


def test_early_stopping_by_the_training_loss_needs_no_split():
    stop = EarlyStopping(monitor="train_loss", patience=2, threshold=10.0, sink=lambda *_: None)
    assert len(ann(max_epochs=50, callbacks=[stop]).fit(X, Y).history_) == 3


def test_a_net_that_stopped_early_goes_on_in_the_next_call():
    stop = EarlyStopping(patience=2, threshold=10.0, sink=lambda *_: None)
    fitted = ann(max_epochs=50, callbacks=[stop], train_split=ValidSplit(5)).fit(X, Y)
    before = weights(fitted)
    assert not same_weights(fitted.partial_fit(X, Y), before)


@pytest.mark.parametrize("weight", [None, np.full(90, 2.0)], ids=["plain", "weighted"])
@pytest.mark.parametrize("callbacks", [None, [PerBatch()]], ids=["fast", "slow"])
def test_a_validation_split_is_held_out_and_scored(callbacks, weight):
    fitted = ann(train_split=ValidSplit(5), callbacks=callbacks).fit(X, Y, sample_weight=weight)
    held_out, labels = X[:18], Y[:18]  # the first of five folds
    said = fitted.predict_proba(held_out)[np.arange(18), labels]
    np.testing.assert_allclose(fitted.history_[-1, "valid_loss"], -np.log(said).mean(), rtol=1e-6)
    assert fitted.history_[-1, "valid_acc"] == fitted.score(held_out, labels)


def test_the_learning_rate_follows_its_schedule():
    schedule = LRScheduler("StepLR", step_size=1, gamma=0.1)
    fitted = ann(max_epochs=3, lr=1.0, optimizer="sgd", callbacks=[schedule]).fit(X, Y)
    assert fitted.net_.optimizer_.param_groups[0]["lr"] == pytest.approx(1e-3)


def test_a_schedule_a_batch_steps_every_batch():
    schedule = LRScheduler("StepLR", step_size=1, gamma=0.5, step_every="batch")
    fitted = ann(max_epochs=1, lr=1.0, optimizer="sgd", callbacks=[schedule]).fit(X, Y)
    assert fitted.net_.optimizer_.param_groups[0]["lr"] == pytest.approx(0.5**6)


class Interrupt(Nested):
    def forward(self, X):
        if self.training:
            raise KeyboardInterrupt
        return super().forward(X)


@pytest.mark.parametrize("callbacks", [None, [PerBatch()]], ids=["fast", "slow"])
def test_ctrl_c_passes_through_fit(callbacks):
    with pytest.raises(KeyboardInterrupt):
        net(Interrupt, callbacks=callbacks).fit(X, Y)


def test_ctrl_c_passes_through_partial_fit(global_rng_untouched):
    with pytest.raises(KeyboardInterrupt):
        net(Interrupt).partial_fit(X, Y, classes=[0, 1, 2])


def test_a_learning_rate_set_after_fit_holds_for_partial_fit():
    X, y = np.eye(4), [0, 1, 0, 1]
    net = ANNClassifier(hidden_dim=4, max_epochs=1, random_state=0).fit(X, y)
    net.set_params(lr=0.5).partial_fit(X, y)
    assert [group["lr"] for group in net.net_.optimizer_.param_groups] == [0.5]


def test_no_seed_means_fresh_entropy_and_leaves_numpys_state(global_rng_untouched):
    X, y = np.eye(4), [0, 1, 0, 1]
    first, second = (ANNClassifier(hidden_dim=4, max_epochs=0).fit(X, y) for _ in range(2))
    assert not np.array_equal(first.predict_proba(X), second.predict_proba(X))


@pytest.mark.parametrize(
    ("module", "draws"),
    [
        (nn.Linear(2, 2), False),
        (nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5)), True),
        (nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.0)), False),
        (nn.Sequential(nn.Linear(2, 2), nn.RReLU()), True),
        (nn.GRU(2, 2, num_layers=2, dropout=0.5), True),
        (nn.GRU(2, 2, num_layers=2, dropout=0.0), False),
    ],
    ids=str,
)
def test_modules_that_draw_in_training_are_known(module, draws):
    assert touches_global_rng(module) is draws


def test_an_ensemble_may_have_one_member():
    X, y = np.random.default_rng(0).normal(size=(12, 2)), np.arange(12) % 2
    one = NetEnsemble(ANNClassifier(4, max_epochs=1), n_estimators=1, random_state=0).fit(X, y)
    np.testing.assert_array_equal(one.predict_proba(X), one.estimators_[0].predict_proba(X))
