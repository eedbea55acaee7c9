"""A session: people answer, a model learns, the store remembers."""

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skal import ActiveLearner
from skal.exceptions import StoreError
from skal.labeling import LabelingSession, LabelStore, aggregate, replay

X, Y = load_digits(return_X_y=True)
X, Y = X[:240] / 16, Y[:240].astype(str)
CLASSES = [str(k) for k in range(10)]


def a_learner(estimator=None, **params):
    return ActiveLearner(estimator or GaussianNB(var_smoothing=1e-2), "margin", **params)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "digits.skal"


@pytest.fixture
def opened(path):
    """Open sessions on one store, one after another or side by side."""
    sessions = []

    def open_(pool=X, learner=None, classes=CLASSES, store=path, **params):
        params = {"random_state": 0, **params}
        sessions.append(LabelingSession(store, pool, learner, classes, **params))
        return sessions[-1]

    yield open_
    for session in sessions:
        session.close()


def label(session, n, annotator="anna", truth=None):
    """Answer `n` items rightly, or as `truth` says, one after another."""
    truth = Y if truth is None else truth
    tasks = []
    for _ in range(n):
        task = session.next(annotator)[0]
        session.answer(annotator, task.item, truth[task.row])
        tasks.append(task)
    return tasks


def play(session, n_rounds=4, n=15):
    for _ in range(n_rounds):
        label(session, n)
        session.train()


# ---------------------------------------------------------------- asking and learning


def test_people_get_what_the_model_wishes_in_its_order(opened):
    session = opened(learner=a_learner(), audit=0.0)
    play(session, 2)
    wished = session.store.wishes()["item"][:8].tolist()
    assert [task.item for task in session.next("anna", 8)] == wished
    assert session.next("ben", 1)[0].item not in wished


def test_the_learner_knows_what_was_answered_and_how_it_came(opened):
    session = opened(learner=a_learner())
    play(session, 3)
    rows, y, weight = session.labels()
    learner = session.learner
    assert learner.n_labeled_ == len(rows) == 45
    assert (y == Y[rows]).all() and (weight == 1).all()
    assert learner.history_["n_labeled"].tolist() == [15, 30, 45]
    assert set(learner.labeled_rows_) == set(rows)


def test_the_first_queue_is_typical_rows_and_nobody_waits_for_it(opened):
    session = opened(learner=a_learner())
    assert session.next("anna")[0].suggestion is None
    session.train()
    first = session.store.rounds()[0]
    assert first["learner"] is None and len(first["chosen"]) == 50 and not first["audit"]


def test_what_colleagues_hold_or_just_answered_is_not_asked_again(opened):
    session = opened(learner=a_learner())
    play(session, 2)
    held = [task.item for task in session.next("ben", 12)]
    session.train()
    record = session.store.rounds()[-1]
    assert set(held) <= set(record["held"])
    assert not set(held) & {*record["chosen"], *record["audit"]}


def test_the_queue_lasts_as_long_as_people_are_fast(opened):
    session = opened(learner=a_learner())
    label(session, 40)  # more than a queue of the usual length would have held
    session.train()
    assert session.store.counts()["wished"] == 80


def test_audited_rows_look_like_all_others(opened):
    session = opened(learner=a_learner(), audit=0.3)
    play(session, 3)
    record = session.store.rounds()[-1]
    assert 10 <= len(record["audit"]) <= 20 and not set(record["audit"]) & set(record["chosen"])
    tasks = session.next("anna", 50)
    hidden = [task for task in tasks if task.item in record["audit"]]
    assert hidden and all(set(task.why) == {"top", "text"} and task.suggestion for task in tasks)


def test_accuracy_is_that_of_predictions_made_before_rows_were_taught(opened):
    session = opened(learner=a_learner(), audit=0.5)
    play(session, 4)
    rounds = session.store.rounds()[2:]  # models that knew at least half of the labels
    audited = [pair for record in rounds for pair in record["audited"]]
    ids = session.classes
    truth = {int(row) + 1: y for row, y in zip(*session.labels()[:2], strict=True)}
    right = [truth[item] == ids[said] for item, said in audited]
    found = session.progress()["accuracy"]
    assert found["n"] == len(right) > 5
    assert found["value"] == pytest.approx(np.mean(right))
    assert found["low"] < found["value"] <= found["high"]


def test_a_class_is_not_added_twice_in_other_letters(opened):
    session = opened(classes=["cat", "dog"])
    for name in (" Cat", "CAT "):
        with pytest.raises(ValueError, match="beside 'cat'"):
            session.add_class("anna", name)
    session.rename_class("anna", next(iter(session.classes)), "Cat")  # itself
    with pytest.raises(ValueError, match="beside 'dog'"):
        session.rename_class("anna", next(iter(session.classes)), "Dog")


def test_blind_people_see_no_suggestion(opened):
    session = opened(learner=a_learner(), blind=True)
    play(session, 2)
    task = session.next("anna")[0]
    assert task.suggestion is None and task.why == {} and task.model == 2


def test_a_budget_ends_the_queue(opened):
    session = opened(learner=a_learner(budget=30))
    play(session, 2)
    assert "budget" in session.store.rounds()[-1]["finished"]
    assert len(session.store.wishes()["item"]) == 0 and session.settings["budget"] == 30


def test_texts_are_learned_although_none_is_typical(opened):
    texts = [f"{'good' if k % 2 else 'bad'} thing number {k}" for k in range(60)]
    truth = ["up" if k % 2 else "down" for k in range(60)]
    learner = ActiveLearner(make_pipeline(CountVectorizer(), LogisticRegression()), "entropy")
    session = opened(texts, learner, ["up", "down"])
    session.train()
    for _ in range(2):
        label(session, 10, truth=truth)
        session.train()
    assert session.learner.score(texts, truth) > 0.9
    assert session.task(1).view == {"kind": "text", "text": texts[0]}


# ---------------------------------------------------------------- what is taken back or renamed


def test_an_answer_taken_back_after_a_round_is_no_longer_learned(opened):
    session = opened(learner=a_learner())
    tasks = label(session, 20)
    session.train()
    for _ in range(3):
        session.undo("anna")
    session.skip("anna", tasks[0].item)
    session.train()
    learner = session.learner
    gone = {task.row for task in [tasks[0], *tasks[-3:]]}
    assert learner.n_labeled_ == 16 and not gone & set(learner.labeled_rows_)
    assert tasks[-1].item in [task.item for task in session.next("anna", 3)]


def test_all_answers_may_be_taken_back(opened):
    session = opened(learner=a_learner())
    label(session, 3)
    session.train()
    for _ in range(3):
        session.undo("anna")
    session.train()
    assert session.progress()["model"]["n_labels"] == 0
    label(session, 20)
    session.train()
    assert opened(learner=a_learner()).learner.n_labeled_ == session.learner.n_labeled_ == 20


def test_a_table_in_another_order_is_known_by_its_index(opened):
    pd = pytest.importorskip("pandas", reason="the extra 'pandas' is not installed")
    table = pd.DataFrame(X, index=[f"no {k}" for k in range(len(X))], columns=map(str, range(64)))
    session = opened(table, a_learner())
    play(session, 2)
    backwards = opened(table.iloc[::-1], a_learner())
    assert np.array_equal(
        backwards.learner.predict_proba(table), session.learner.predict_proba(table)
    )
    assert (backwards.labels()[0] == len(X) - 1 - session.labels()[0]).all()
    task = backwards.next("ben")[0]
    assert task.key == f"no {len(X) - 1 - task.row}" and task.view["kind"] == "table"


def test_the_answer_that_corrects_is_learned(opened):
    session = opened(learner=a_learner())
    task = label(session, 20)[0]
    session.train()
    session.answer("anna", task.item, "7")
    session.train()
    learner = session.learner
    assert learner.n_labeled_ == 20
    answers = learner.answers_
    assert answers["label"][(answers["row"] == task.row) & answers["counts"]] == ["7"]


@pytest.mark.parametrize("mode", ["cumulative", "half-cumulative"])
def test_classes_come_and_change_their_names_on_the_third_day(opened, mode):
    learner = a_learner(SGDClassifier(loss="log_loss"), mode=mode)
    session = opened(learner=learner)
    play(session, 2)
    three = next(id_ for id_, name in session.classes.items() if name == "3")
    session.rename_class("ben", three, "a three with a long name")
    session.add_class("ben", "zebra")
    label(session, 10, truth=np.where(Y == "3", "a three with a long name", Y))
    session.train()
    session.answer("anna", session.next("anna")[0].item, "zebra")
    session.train()
    found = session.learner
    assert {"zebra", "a three with a long name"} < set(found.classes_) and "3" not in found.classes_
    assert not {"3"} & set(found.answers_["label"]) and len(found.history_) == 4
    assert "3" not in found.history_[1]["predicted"]


# ---------------------------------------------------------------- the store remembers


@pytest.mark.parametrize(
    "learner",
    [a_learner(), a_learner(SGDClassifier(loss="log_loss"), mode="incremental")],
    ids=["cumulative", "incremental"],
)
def test_a_session_goes_on_tomorrow_as_if_there_had_been_no_night(tmp_path, learner):
    sessions = []
    for nights in (False, True):
        session = LabelingSession(tmp_path / f"{nights}", X, learner, CLASSES, random_state=0)
        for day in range(4):
            play(session, 1)
            if day == 1:
                session.undo("anna")
            if nights:
                session.close()
                session = LabelingSession(tmp_path / f"{nights}", X, learner)
        sessions.append(session)
    one, other = sessions
    for a, b in zip(one.store.rounds(), other.store.rounds(), strict=True):
        assert [a[k] for k in ("chosen", "audit", "audited")] == [
            b[k] for k in ("chosen", "audit", "audited")
        ]
    one, other = one.learner, other.learner
    assert np.array_equal(one.predict_proba(X), other.predict_proba(X))
    for a, b in zip(one.history_, other.history_, strict=True):
        for name in ("rows", "utility", "predicted", "confidence"):
            if name in a:
                assert np.array_equal(a[name], b[name], equal_nan=a[name].dtype.kind == "f")


def test_a_replay_makes_the_same_choices_and_the_same_weights(opened, place):
    session = opened(learner=a_learner(LogisticRegression()), store=place, overlap=0.3)
    session.train()
    for _ in range(3):
        label(session, 18, "anna")
        label(session, 8, "ben", truth=np.where(Y == "1", "7", Y))
        session.undo("ben")
        session.train()
    again = replay(place, X, a_learner(LogisticRegression()))
    assert np.array_equal(again.estimator_.coef_, session.learner.estimator_.coef_)
    with pytest.raises(ValueError, match="as it was recorded"):
        replay(place, X, ActiveLearner(LogisticRegression(), "random"))


@pytest.mark.parametrize("broken", [(LabelStore, "end_round"), (ActiveLearner, "teach")])
def test_a_round_that_breaks_off_leaves_no_trace(opened, path, monkeypatch, broken):
    session = opened(learner=a_learner())
    play(session, 1)
    label(session, 15)

    def refuse(*args, **kwargs):
        raise StoreError("no room left")

    with monkeypatch.context() as patch, pytest.raises(StoreError):
        patch.setattr(*broken, refuse)
        session.train()
    label(session, 5)
    session.train()
    assert session.learner.history_["n_labeled"].tolist() == [15, 35]
    assert opened(learner=a_learner()).learner.n_labeled_ == 35
    replay(path, X, a_learner())


def test_a_replay_changes_no_store(opened, path):
    play(opened(learner=a_learner()), 1)
    with LabelStore(path) as store:
        before = list(store.lines())
        with pytest.raises(ValueError, match="as it was recorded"):
            replay(store, X[:100], a_learner())
        replay(store, np.vstack([X, X]), a_learner())  # what came since changes no round
        assert list(store.lines()) == before


def test_another_learner_or_none_may_open_the_store(opened):
    play(opened(learner=a_learner()), 2)
    without = opened(classes=None)
    assert without.next("ben")[0].suggestion is not None
    assert without.progress("anna")["mine"] == 30 and len(without.labels()[0]) == 30
    with pytest.raises(ValueError, match="needs a learner"):
        without.train()


def test_a_learner_with_other_parameters_learns_all_labels_anew(opened):
    play(opened(learner=a_learner()), 3)
    other = ActiveLearner(LogisticRegression(C=10), "margin")
    session = opened(learner=other)
    with pytest.raises(ValueError, match="must be those by which"):
        _ = session.learner
    with pytest.warns(UserWarning, match="learned anew"):
        session.train()
    assert session.learner.history_["n_labeled"].tolist() == [45]
    play(session, 1)
    again = opened(learner=other).learner
    assert again.history_["n_labeled"].tolist() == [45, 60]
    assert np.array_equal(again.estimator_.coef_, session.learner.estimator_.coef_)


def test_settings_are_remembered(opened):
    opened(overlap=0.5, answers_per_item=2).close()
    again = opened(classes=None, overlap=0.25)
    assert (again.settings["overlap"], again.settings["answers_per_item"]) == (0.25, 2)


# ---------------------------------------------------------------- several people


def test_what_two_say_differently_a_third_is_asked_and_a_reviewer_decides(opened):
    session = opened(learner=a_learner(), answers_per_item=2, max_answers=3)
    label(session, 20)
    item = session.next("ben")[0].item
    truth = session.labels()
    session.answer("ben", item, "0" if truth[1][truth[0] == item - 1] != ["0"] else "1")
    session.train()
    assert [found["item"] for found in session.review("conflicts")] == [item]
    assert len(session.review("conflicts")[0]["answers"]) == 2
    assert session.progress()["conflicts"] == 1
    assert item in [task.item for task in session.next("cleo", 1)]
    session.settle("dora", item, "5")
    session.train()
    assert session.review("conflicts") == [] and session.progress()["conflicts"] == 0
    rows, y, _ = session.labels()
    assert y[rows == item - 1] == ["5"]


def test_a_careless_third_spoils_a_majority_and_less_what_the_team_comes_to(opened):
    rng = np.random.default_rng(0)
    session = opened(learner=a_learner(), answers_per_item=2, max_answers=3, n_ahead=50)
    while session.progress()["answered"] < 120:
        for who, accuracy in {"anna": 0.95, "ben": 0.95, "cleo": 0.4}.items():
            for task in session.next(who, 20):
                right = rng.random() < accuracy
                session.answer(who, task.item, Y[task.row] if right else str(rng.integers(10)))
        session.train()
    said = session.store.current()
    table = said["row"], said["annotator"], said["label"]
    share = {}
    for policy in ("majority", "one_coin"):
        found = aggregate(*table, CLASSES, method=policy)
        share[policy] = (found.label == Y[found.items]).mean()
    assert share["one_coin"] > share["majority"] + 0.01
    assert set(np.unique(said["row"], return_counts=True)[1]) <= {1, 2, 3}


def test_without_a_learner_a_third_is_asked_too(opened):
    session = opened(answers_per_item=2)
    item = session.next("anna")[0].item
    session.answer("anna", item, "1")
    session.answer("ben", item, "7")
    assert session.progress()["conflicts"] == 1
    assert session.next("cleo")[0].item == item


def test_a_dispute_takes_no_answer_away(opened, monkeypatch):
    monkeypatch.setattr("skal.labeling._overview.SLOW", 0.0)
    session = opened(answers_per_item=4)
    item = session.next("anna")[0].item
    for who, said in zip(["anna", "ben", "cleo"], "171", strict=True):
        session.answer(who, item, said)
        session.progress()
    assert session.next("dora")[0].item == item


def test_invited_people_keep_their_links(opened):
    session = opened()
    token = session.invite("anna")
    assert len(token) >= 22 and session.invite("anna") == token
    assert opened().people == {token: "anna"} and session.invite("ben") != token


# ---------------------------------------------------------------- items that come and go


@pytest.fixture
def folder(tmp_path):
    """Thirty digits as files; each is named after its row."""
    (tmp_path / "imgs").mkdir()
    for k in range(30):
        write(tmp_path / "imgs", k)
    return tmp_path / "imgs"


def write(folder, k, name=None):
    image = Image.fromarray((X[k].reshape(8, 8) * 255).astype("uint8"))
    image.save(folder / (name or f"{k + 100}.png"))


def labelled(path, folder, learner):
    """Open a session on a folder, with twelve files labelled and learned."""
    session = LabelingSession(path, folder, learner, CLASSES, random_state=0)
    keys = []
    for _ in range(12):
        task = session.next("anna")[0]
        session.answer("anna", task.item, Y[int(task.key[:3]) - 100])
        keys.append(task.key)
    session.train()
    return session, keys


FROM_FILES = a_learner(
    make_pipeline(FunctionTransformer(lambda X: X.reshape(len(X), -1)), GaussianNB())
)


def test_new_files_are_asked_tomorrow_and_lost_ones_no_more(path, folder):
    session, keys = labelled(path, folder, FROM_FILES)
    images = session.items.X[:]
    before = session.learner.predict_proba(images)
    session.close()
    lost = next(path.name for path in folder.iterdir() if path.name not in keys)
    (folder / lost).unlink()
    write(folder, 40, "000.png")  # it comes first, and moves all rows
    with LabelingSession(path, folder, FROM_FILES) as tomorrow:
        tasks = tomorrow.next("anna", 40)
        asked = {task.key for task in tasks}
        assert "000.png" in asked and lost not in asked and not asked & set(keys)
        assert all(tomorrow.items.keys[task.row] == task.key for task in tasks)
        assert np.array_equal(tomorrow.learner.predict_proba(images), before)


def test_a_labelled_file_that_was_lost_is_not_learned_from(path, folder):
    session, keys = labelled(path, folder, FROM_FILES)
    session.close()
    (folder / keys[0]).unlink()
    with LabelingSession(path, folder, FROM_FILES) as tomorrow:
        with pytest.warns(UserWarning, match="1 labelled items are gone"):
            learner = tomorrow.learner
        assert learner.n_labeled_ == 11
        tomorrow.train()
        assert len(tomorrow.labels()[0]) == 11


def test_a_file_that_moved_stays_one_item_when_its_label_is_corrected(path, folder):
    session, keys = labelled(path, folder, FROM_FILES)
    item = next(item for item in session.store.current()["item"].tolist())
    session.close()
    (folder / keys[0]).rename(folder / "moved.png")
    with LabelingSession(path, folder, FROM_FILES) as tomorrow:
        tomorrow.answer("anna", item, "3")
        tomorrow.train()
        tomorrow.train()
        assert tomorrow.store.counts()["items"] == 30
        assert "moved.png" in tomorrow.items.keys[tomorrow.labels()[0]]


def test_texts_with_a_new_one_on_top_are_refused(path):
    texts = [f"text {k}" for k in range(8)]
    with LabelingSession(path, texts, classes=CLASSES) as session:
        label(session, 3)
    with pytest.raises(ValueError, match="8 elsewhere, such as '0'; put new rows at the end"):
        LabelingSession(path, ["a new text", *texts])
    texts[2] = "text 2, mended"
    with LabelingSession(path, [*texts, "a new text"]) as session:
        assert len(session.items) == 9 and session.progress()["answered"] == 3


def test_rows_in_another_order_than_was_learned_are_refused(opened):
    session = opened(learner=a_learner())
    play(session, 1)
    with pytest.raises(ValueError, match="order of the store, got .* elsewhere"):
        opened(X[::-1])


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"classes": None}, "`classes` must be named"),
        ({"classes": ["cat", "nan"]}, "`classes` must be names, got 'nan'"),
        ({"policy": "loudest"}, "`policy` must be one of"),
        ({"overlap": 2.0}, "`overlap` must be a share"),
        ({"answers_per_item": 0}, "`answers_per_item` must be an int"),
        ({"initial": "margin"}, "`initial` must be 'typical'"),
    ],
)
def test_what_cannot_be_meant_is_refused(opened, params, match):
    with pytest.raises(ValueError, match=match):
        opened(**params)


def test_two_do_not_train_one_store_at_once(opened):
    session = opened(learner=a_learner())
    with LabelStore(session.store.url) as store:
        store.hold("trainer", "somebody else", 60)
        with pytest.raises(ValueError, match="one place at a time"):
            session.train()


# ---------------------------------------------------------------- what comes out


def test_labels_that_the_model_doubts_are_shown_the_worst_first(opened):
    session = opened(learner=a_learner(), classes=CLASSES)
    wrong = label(session, 3, truth=np.where(Y == "1", "0", np.where(Y == "0", "1", "0")))
    label(session, 117)
    found = session.review("suspects")
    hit = [entry["item"] for entry in found[:8]]
    assert sum(task.item in hit for task in wrong) >= 2
    assert all(entry["reason"].startswith("the model takes it for") for entry in found)


def test_answers_come_out_as_others_read_them(opened, tmp_path):
    session = opened(answers_per_item=2, image_shape=(8, 8))
    label(session, 6, "anna")
    label(session, 3, "ben")
    csv = session.export(tmp_path / "labels.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(csv) == 10 and csv[0].startswith("key,label,annotator")
    coco = session.export(tmp_path / "labels.json", "coco")
    assert coco.exists()


def test_files_that_moved_or_are_lost_keep_nobody_from_an_export(path, folder, tmp_path):
    session, keys = labelled(path, folder, FROM_FILES)
    session.close()
    (folder / keys[0]).rename(folder / "moved.png")
    (folder / keys[1]).unlink()
    with LabelingSession(path, folder) as tomorrow:
        files = {file.name for file in tomorrow.export(tmp_path / "by_class").rglob("*.png")}
        assert files == {"moved.png", *keys[2:]}
        assert keys[1] not in tomorrow.export(tmp_path / "tasks.json", "label_studio").read_text()
        assert keys[1] in tomorrow.export(tmp_path / "labels.csv").read_text()


def test_a_session_is_called_what_its_file_is(opened, tmp_path):
    assert opened(store=tmp_path / "my phötos.skal").name == "my phötos.skal"


def test_folders_have_one_label_an_item_where_people_disagree(opened, tmp_path):
    session = opened(answers_per_item=2, image_shape=(8, 8), policy="latest")
    label(session, 3, "anna")
    label(session, 3, "ben", truth=np.roll(Y, 1))
    assert session.review("conflicts")
    files = [*session.export(tmp_path / "by_class").rglob("*.png")]
    assert len(files) == len(session.labels()[0])
