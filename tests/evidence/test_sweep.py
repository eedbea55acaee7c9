"""One sweep over a net: everything at once, the same for every cut, and nothing disturbed."""

import tracemalloc

import numpy as np
import pytest
import torch
from torch import nn

from skal.evidence import Attack, Embedding, Evidence, Inputs, Labeled, MCProba, Proba, Scores
from skal.evidence.sweep import RowReader, evaluation_mode, penultimate_layer, sweep
from skal.nets import ANNClassifier, CNNClassifier, NetClassifier
from skal.strategies import Skip, Subsample


class Counted(nn.Module):
    """A net with dropout and BatchNorm that counts its forward passes."""

    def __init__(self, n_features=4, n_classes=3):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(n_features, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.5)
        )
        self.head = nn.Linear(6, n_classes)
        self.calls = 0

    def forward(self, X):
        self.calls += 1
        return self.head(self.body(X))


X = np.random.default_rng(0).normal(size=(3000, 4)).astype(np.float32)
Y = np.arange(3000) % 3
NUMBERS = (
    "bool uint8 int8 uint16 int16 uint32 int32 uint64 int64 float16 float32 float64 longdouble"
)


@pytest.fixture(scope="module")
def net():
    return NetClassifier(Counted, max_epochs=1, random_state=0).fit(X[:120], Y[:120])


def evidence_of(net, rows=None, X=X):
    rows = np.arange(len(X)) if rows is None else rows
    return Evidence(net, X, rows, classes=net.classes_)


def assert_near(found, expected):
    """As far as is promised where rows lie, or are laid out, in another way."""
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


def reader(X, dtype=torch.float32, **kwargs):
    return RowReader(X, dtype, **kwargs)


# ---------------------------------------------------------------- one sweep


def test_probabilities_and_embeddings_come_out_of_one_sweep(net):
    net.module_.calls = 0
    found = evidence_of(net).arrays(
        {"p": Proba(), "s": Scores(), "e": Embedding(), "h": Embedding("body.0")}
    )
    assert net.module_.calls == 3  # 3000 rows in batches of 1024
    assert found["p"].shape == (3000, 3)
    assert found["e"].shape == found["h"].shape == (3000, 6)
    np.testing.assert_array_equal(found["p"], found["s"])


def test_combined_strategies_share_one_sweep(net):
    net.module_.calls = 0
    evidence, rng = evidence_of(net), np.random.default_rng(0)
    Skip("entropy", n_skip=3).choose(evidence, 5, rng)
    Subsample("entropy", max_candidates=50).choose(evidence, 5, rng)
    assert net.module_.calls == 3


def test_labelled_rows_are_swept_apart_from_the_candidates(net):
    net.module_.calls = 0
    evidence = Evidence(
        net,
        X,
        np.arange(10),
        classes=net.classes_,
        X_labeled=X,
        rows_labeled=np.arange(20, 25),
        y_labeled=Y[20:25],
    )
    found = evidence.arrays({"e": Embedding(), "labeled": Labeled(Embedding()), "x": Inputs()})
    assert net.module_.calls == 2
    assert_near(found["labeled"], net.embed(X[20:25]))


def test_the_embedding_is_what_the_last_linear_layer_is_given(net):
    body, head = net.module_.body, net.module_.head
    with evaluation_mode(net.module_):
        given = body(torch.from_numpy(X[:7])).numpy()
        logits = head(torch.from_numpy(given)).double()
    np.testing.assert_allclose(net.embed(X[:7]), given, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(net.predict_proba(X[:7]), torch.softmax(logits, 1), rtol=1e-5)


def test_a_named_layer_gives_its_output(net):
    hidden = net.embed(X[:7], layer="body.2")
    assert (hidden >= 0).all()  # a ReLU
    with evaluation_mode(net.module_):
        expected = net.module_.body[:3](torch.from_numpy(X[:7])).numpy()
    np.testing.assert_allclose(hidden, expected, rtol=1e-5, atol=1e-6)


def test_a_layer_of_images_is_flattened():
    images = np.random.default_rng(0).random((12, 8, 8), dtype=np.float32)
    cnn = CNNClassifier(channels=(2,), hidden_dim=4, max_epochs=1, random_state=0)
    cnn.fit(images, np.arange(12) % 2)
    assert cnn.embed(images, layer="2").shape == (12, 2 * 4 * 4)
    assert cnn.embed(images).shape == (12, 4)


def test_a_layer_gives_its_values_over_several_batches():
    module = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))
    found = sweep(module, reader(X[:2500]), needs=[Embedding("0")], batch_size=1024)
    with torch.inference_mode():
        expected = module[0](torch.from_numpy(X[:2500])).numpy()
    np.testing.assert_allclose(found[Embedding("0")], expected, rtol=1e-5, atol=1e-6)


def test_a_layer_before_an_inplace_activation_is_kept_as_it_was():
    module = nn.Sequential(nn.Linear(4, 5), nn.ReLU(inplace=True), nn.Linear(5, 3))
    found = sweep(module, reader(X[:50]), needs=[Embedding("0")])
    assert (found[Embedding("0")] < 0).any()


def test_what_works_in_place_spoils_no_other_need():
    steps = (nn.Linear(4, 5), nn.Dropout(0.5), nn.SiLU(inplace=True), nn.Linear(5, 3))
    for module in (nn.Sequential(*steps), nn.Sequential(nn.SiLU(inplace=True), *steps)):
        needs = [Proba(), MCProba(3), Attack(max_steps=3)]
        together = sweep(module, reader(X[:20]), needs=needs)
        for need in needs:
            alone = sweep(module, reader(X[:20]), needs=[need])[need]
            np.testing.assert_array_equal(together[need], alone)


class Shifting(nn.Module):
    """Works in place in a forward of its own, which no attribute tells."""

    def __init__(self, n_features, n_classes):
        super().__init__()
        self.last = nn.Linear(n_features, n_classes)
        self.dropout = nn.Dropout(0.3)

    def forward(self, x):
        return self.last(self.dropout(x.sub_(1.0)))


def test_rows_may_be_a_view_that_steps_backwards(net):
    rows = np.arange(20)[::-1]
    found = net.measure(X, rows, [Proba()])[Proba()]
    assert_near(found, net.measure(X, rows.copy(), [Proba()])[Proba()])


def test_a_forward_of_ones_own_that_works_in_place_changes_no_row_and_no_other_need():
    rows = X.copy()
    options = {"max_epochs": 1, "predict_batch_size": 10, "random_state": 0}
    net = NetClassifier(Shifting, **options).fit(rows, Y)
    alone = net.measure(rows, None, [MCProba(3)])
    together = net.measure(rows, None, [Proba(), MCProba(3)])
    np.testing.assert_array_equal(rows, X)
    assert_near(together[MCProba(3)], alone[MCProba(3)])


def test_probabilities_are_float64_and_embeddings_of_the_nets_dtype(net):
    found = sweep(net.module_, reader(X[:5]), needs=[Proba(), Embedding()])
    assert found[Proba()].dtype == np.float64
    assert found[Embedding()].dtype == np.float32
    np.testing.assert_allclose(found[Proba()].sum(axis=1), 1, rtol=1e-14)


def test_rows_come_in_the_order_asked(net):
    rows = np.array([2000, 3, 3, 1500])
    found = evidence_of(net, rows).arrays({"p": Proba()})["p"]
    assert_near(found, net.predict_proba(X)[rows])


# ---------------------------------------------------------------- nothing disturbed


def test_an_unknown_layer_is_named_with_those_that_exist(net):
    with pytest.raises(ValueError, match=r"layer='bodi' is no layer of Counted; it has body, body"):
        net.embed(X[:3], layer="bodi")


def test_a_net_without_a_linear_layer_asks_for_a_layer():
    module = nn.Sequential(nn.Conv2d(1, 3, 2), nn.Flatten())
    with pytest.raises(ValueError, match=r"no nn.Linear layer .*name a layer: 0, 1"):
        penultimate_layer(module)


@pytest.mark.parametrize(("n_layers", "end"), [(12, "10, 11"), (13, "10, 11, ...")])
def test_the_first_twelve_layers_are_named(n_layers, end):
    with pytest.raises(ValueError) as caught:
        penultimate_layer(nn.Sequential(*(nn.ReLU() for _ in range(n_layers))))
    assert str(caught.value).endswith(f"9, {end}.")


def test_a_layer_that_gives_no_single_tensor_is_refused():
    module = nn.Sequential(nn.LSTM(4, 5), nn.Identity())
    with pytest.raises(ValueError, match=r"layer='0' \(LSTM\) gives a tuple; name a layer that"):
        sweep(module, reader(X[:3]), needs=[Embedding("0")])


def test_a_layer_that_is_not_called_is_refused():
    class Idle(Counted):
        def __init__(self):
            super().__init__()
            self.spare = nn.Linear(6, 6)

    with pytest.raises(ValueError, match=r"layer='spare' is never called; name another: body"):
        sweep(Idle(), reader(X[:3]), needs=[Embedding("spare")])
    with pytest.raises(ValueError, match=r"layer=None, the last linear layer 'spare', is never"):
        sweep(Idle(), reader(X[:3]), needs=[Proba(), Embedding()])


def n_hooks(module):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in module.modules())


def test_hooks_are_removed(net):
    net.embed(X[:3], layer="body.0")
    assert n_hooks(net.module_) == 0


def test_hooks_are_removed_when_a_later_layer_is_unknown(net):
    with pytest.raises(ValueError, match="no layer"):
        sweep(net.module_, reader(X[:3]), needs=[Embedding("body.0"), Embedding("bodi")])
    assert n_hooks(net.module_) == 0


def test_hooks_and_modes_are_put_back_when_the_forward_raises():
    class Failing(Counted):
        def forward(self, X):
            raise RuntimeError("no forward")

    module = Failing()
    module.body.eval()
    modes = [m.training for m in module.modules()]
    with pytest.raises(RuntimeError, match="no forward"):
        sweep(module, reader(X[:3]), needs=[Embedding("head")])
    assert n_hooks(module) == 0
    assert [m.training for m in module.modules()] == modes


@pytest.mark.parametrize("frozen", ["body.1", "head", "", None])
def test_every_submodule_keeps_its_mode(frozen):
    module = Counted().train()
    if frozen is not None:
        module.get_submodule(frozen).eval()
    modes = [m.training for m in module.modules()]
    sweep(module, reader(X[:3]), needs=[Proba(), Embedding()])
    assert [m.training for m in module.modules()] == modes


def test_a_module_in_training_is_swept_as_in_evaluation():
    module = Counted().train()
    first = sweep(module, reader(X[:50]))[Proba()]
    np.testing.assert_array_equal(first, sweep(module.eval(), reader(X[:50]))[Proba()])


def test_batchnorm_keeps_its_statistics():
    module = Counted().train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    sweep(module, reader(X[:50]))
    for name, value in module.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_weights_keep_their_gradients_and_flags():
    module = Counted()
    module.head.weight.requires_grad_(False)
    module.head.bias.grad = torch.ones(3)
    sweep(module, reader(X[:3]), needs=[Embedding("head")])
    assert [p.requires_grad for p in module.head.parameters()] == [False, True]
    assert torch.equal(module.head.bias.grad, torch.ones(3))
    assert all(p.requires_grad for p in module.body.parameters())


def test_training_goes_on_after_a_sweep():
    module = Counted().train()
    sweep(module, reader(X[:50]), needs=[Proba(), Embedding()])
    module(torch.from_numpy(X[:8])).sum().backward()
    assert module.body[0].weight.grad is not None


def test_no_global_generator_is_moved(net, global_rng_untouched):
    evidence_of(net).arrays({"p": Proba(), "e": Embedding()})


# ---------------------------------------------------------------- cuts, memory and dtypes


@pytest.mark.parametrize("size", [1, 7, 1023, 1024, 1025, 2999])
def test_probabilities_do_not_depend_on_how_the_pool_is_cut(net, size):
    whole = net.predict_proba(X)
    parts = [
        net.predict_proba(X[start : start + size]) for start in range(0, min(3000, 40 * size), size)
    ]
    cut = np.concatenate(parts)
    assert_near(cut, whole[: len(cut)])


def test_probabilities_do_not_depend_on_the_other_rows(net):
    rows = np.random.default_rng(1).permutation(3000)
    found = evidence_of(net, rows).arrays({"p": Proba()})["p"]
    assert_near(found, net.predict_proba(X)[rows])


def test_embeddings_do_not_depend_on_how_the_pool_is_cut(net):
    whole = net.embed(X)
    assert_near(np.concatenate([net.embed(X[:7]), net.embed(X[7:])]), whole)


def test_a_read_only_pool_is_read(net):
    frozen = X.copy()
    frozen.flags.writeable = False
    assert_near(net.predict_proba(frozen), net.predict_proba(X))
    rows = np.array([5, 2])
    found = evidence_of(net, rows, frozen).arrays({"p": Proba()})["p"]
    assert_near(found, net.predict_proba(X)[rows])


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_a_memmap_is_read(net, tmp_path, mode):
    np.save(tmp_path / "X.npy", X)
    pool = np.load(tmp_path / "X.npy", mmap_mode=mode)
    assert_near(net.predict_proba(pool), net.predict_proba(X))
    rows = np.array([5, 2])
    found = evidence_of(net, rows, pool).arrays({"p": Proba()})["p"]
    assert_near(found, net.predict_proba(X)[rows])


@pytest.mark.parametrize(
    "pool",
    [
        pytest.param(np.asfortranarray(X), id="fortran"),
        pytest.param(np.repeat(X, 2, axis=0)[::2], id="every second row"),
        pytest.param(X[::-1][::-1], id="turned twice"),
        pytest.param(X.astype(X.dtype.newbyteorder(">")), id="big-endian"),
    ],
)
def test_other_memory_layouts_are_read(net, pool):
    assert_near(net.predict_proba(pool), net.predict_proba(X))


def test_rows_counted_from_behind_are_read(net):
    assert_near(net.predict_proba(X[::-1]), net.predict_proba(X)[::-1])


@pytest.mark.parametrize("dtype", NUMBERS.split())
def test_a_reader_takes_every_numeric_dtype(dtype):
    pool = np.array([[0, 1], [1, 1], [1, 0]]).astype(dtype)
    for rows in (slice(0, 2), np.array([0, 1])):
        batch = reader(pool)(rows)
        assert batch.dtype == torch.float32
        assert batch.tolist() == [[0, 1], [1, 1]]


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize("rows", [slice(0, 2), np.array([1, 0])], ids=["slice", "rows"])
def test_a_reader_never_writes_to_its_array(dtype, rows):
    pool = np.array([[0, 255], [51, 102]]).astype(dtype)
    batch = reader(pool, scale=1 / 255)(rows)
    assert batch.max() == 1
    assert pool.tolist() == [[0, 255], [51, 102]]


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_a_reader_scales_rows_that_lie_ready_and_leaves_them_as_they_are(scale):
    pool = np.arange(6, dtype=np.float32).reshape(3, 2)
    assert reader(pool, scale=scale)(slice(1, 3)).tolist() == (scale * pool[1:]).tolist()
    assert pool.tolist() == [[0, 1], [2, 3], [4, 5]]


def test_rows_that_lie_ready_are_not_copied():
    pool = np.arange(6, dtype=np.float32).reshape(3, 2)
    assert np.shares_memory(reader(pool)(slice(1, 3)).numpy(), pool)


def test_a_reader_gives_rows_in_the_shape_of_the_module():
    pool = np.arange(12, dtype=np.uint8).reshape(2, 6)
    assert reader(pool, sample_shape=(1, 2, 3))(slice(0, 2)).shape == (2, 1, 2, 3)


def test_a_sweep_does_not_convert_the_pool_whole():
    pool = np.zeros((2**18, 64), dtype=np.uint8)  # 16 MiB; 128 MiB in float64
    module = nn.Sequential(nn.Linear(64, 2))
    tracemalloc.start()
    sweep(module, reader(pool, scale=1 / 255))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20  # the probabilities themselves take 4 MiB


def test_a_fitted_net_reads_float64_rows_in_its_own_dtype():
    net = ANNClassifier(8, max_epochs=1, random_state=0).fit(X[:60], Y[:60])
    np.testing.assert_allclose(
        net.predict_proba(X[:9].astype(np.float64)), net.predict_proba(X[:9]), rtol=1e-6
    )
