"""What a store keeps and gives back."""

import pickle
import threading

import numpy as np
import pytest
import sqlalchemy as sa

from skal.exceptions import StoreError
from skal.labeling import LabelStore, Wish


def labels_of(store):
    now = store.current()
    return dict(zip(zip(now["annotator"], now["item"].tolist()), now["label"]))


def claimed(store, who, k=1, **options):
    return [claim.item for claim in store.claim(who, k, **options)]


# ---------------------------------------------------------------- answers


def test_an_answer_is_there_after_opening_again(store, place):
    store.answer("anna", 3, "dog", seconds=1.5)
    with LabelStore(place) as again:
        assert labels_of(again) == {("anna", 3): "dog"}
        assert again.id == store.id
        np.testing.assert_array_equal(again.current()["seconds"], [1.5])


def test_a_request_that_arrives_twice_counts_once(store):
    first = store.answer("anna", 3, "dog", request="r1")
    again = store.answer("anna", 3, "dog", request="r1")
    assert again == first
    assert (store.events()["action"] == "label").sum() == 1


def test_a_request_that_arrives_from_everywhere_at_once_counts_once(store):
    made = []

    def send():
        made.append(store.answer("anna", 3, "dog", request="r1"))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [made[0]] * 8
    assert (store.events()["action"] == "label").sum() == 1


def test_a_request_of_somebody_else_is_refused(store):
    store.answer("anna", 3, "dog", request="r1")
    with pytest.raises(StoreError, match="`request` must be new, got 'r1'"):
        store.answer("ben", 3, "cat", request="r1")


def test_a_later_answer_replaces_and_undo_brings_back_the_first(store):
    store.answer("anna", 3, "dog")
    store.answer("anna", 3, "cat")
    assert labels_of(store) == {("anna", 3): "cat"}
    store.undo("anna")
    assert labels_of(store) == {("anna", 3): "dog"}
    store.undo("anna")
    assert labels_of(store) == {}
    assert store.undo("anna") is None


def test_undo_takes_back_ones_own_answers_only(store):
    mine = store.answer("anna", 3, "dog")
    theirs = store.skip("ben", 4)
    assert store.undo("anna").undoes == mine.id
    with pytest.raises(StoreError, match=f"an answer of 'anna' that still stands, got {theirs.id}"):
        store.undo("anna", event=theirs.id)


def test_an_undo_that_arrives_twice_counts_once(store):
    store.answer("anna", 3, "dog")
    store.answer("anna", 4, "dog")
    assert store.undo("anna", request="u") == store.undo("anna", request="u")
    assert labels_of(store) == {("anna", 3): "dog"}


def test_the_answers_of_an_earlier_moment_can_be_read(store):
    store.answer("anna", 3, "dog")
    then = store.last_event
    store.answer("anna", 3, "cat")
    store.undo("anna")
    store.undo("anna")
    assert store.current(until=then)["label"].tolist() == ["dog"]
    assert store.current(until=then + 1)["label"].tolist() == ["cat"]
    assert store.current()["label"].tolist() == []


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"action": "label"}, "`action` must be 'label' with a label"),
        ({"action": "skip", "label": "cat"}, "`action` must be 'label' with a label"),
        ({"action": "love"}, "`action` must be"),
        ({"action": "label", "label": "cow"}, "`label` must be a class .*, got 'cow'"),
        ({"action": "skip", "item": 99}, "`item` must be an item of the store, got 99"),
        ({"action": "skip", "annotator": " "}, "`annotator` must be a text .*, got ' '"),
        ({"action": "skip", "seconds": -1.0}, "`seconds` must be at least 0.*, got -1.0"),
        ({"action": "skip", "note": "\udc80"}, "`note` must be valid Unicode"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_leaves_nothing(store, said, message):
    n = store.n_events
    with pytest.raises(StoreError, match=message):
        store.record(**{"annotator": "anna", "item": 1, "request": "r"} | said)
    assert store.n_events == n


@pytest.mark.parametrize("verb", ["UPDATE event SET label = NULL", "DELETE FROM event"])
def test_nobody_can_change_what_happened(store, verb):
    store.answer("anna", 3, "dog")
    engine = sa.create_engine(store.url.replace("postgresql:", "postgresql+psycopg:"))
    with pytest.raises(sa.exc.DBAPIError, match="event is append-only"), engine.begin() as conn:
        conn.exec_driver_sql(verb)
    engine.dispose()


def test_current_can_be_made_again_from_the_events(store):
    rng = np.random.default_rng(0)
    for n in range(60):
        who, which = f"p{rng.integers(3)}", int(rng.integers(1, 8))
        if n % 5 == 4:
            store.undo(who)
        elif n % 7 == 6:
            store.unsure(who, which)
        else:
            store.answer(who, which, ["cat", "dog"][rng.integers(2)])
    kept, answers = store.current(), store.items()["answers"]
    store.rebuild()
    np.testing.assert_equal(store.current(), kept)
    np.testing.assert_equal(store.current(until=store.last_event), kept)
    np.testing.assert_equal(store.items()["answers"], answers)


def test_ids_may_be_numbers_of_numpy(store):
    one = store.items()["id"][0]
    store.end_round({}, [Wish(one, np.float32(0.5), "cat", np.float64(0.9))])
    [held] = store.claim("anna")
    said = store.answer(
        "anna", np.int64(held.item), "cat", seconds=np.float64(2), model=np.int64(1)
    )
    assert (said.item, said.model, said.seconds) == (1, 1, 2.0)
    assert store.undo("anna", event=np.int64(said.id)).undoes == said.id


# ---------------------------------------------------------------- classes and settings


def test_a_class_that_is_renamed_is_renamed_in_old_labels(store):
    store.answer("anna", 3, "dog")
    dog = list(store.classes)[1]
    assert store.answer("ben", 3, dog).label == "dog"  # a page that knows the id only
    store.rename_class("anna", dog, "puppy")
    added = store.add_class("ben", "cow")
    assert list(store.classes.values()) == ["cat", "puppy", "cow"]
    assert labels_of(store) == {("anna", 3): "puppy", ("ben", 3): "puppy"}
    assert store.answer("anna", 4, added).label == "cow"


@pytest.mark.parametrize("name", ["cat", "class:7", ""])
def test_a_name_that_says_another_class_or_none_is_refused(store, name):
    with pytest.raises(StoreError, match="`name` must"):
        store.add_class("anna", name)


def test_setup_may_be_said_again_but_not_differently(store):
    store.setup(["cat", "dog"], {"blind": True})
    store.setup(["dog"], {"blind": True, "budget": 7})
    assert store.settings == {"blind": True, "budget": 7}
    with pytest.raises(StoreError, match="blind=False, where it has True"):
        store.setup(["cat"], {"blind": False})
    with pytest.raises(StoreError, match=r"got also \['cow'\]"):
        store.setup(["cat", "cow"])
    store.configure(blind=False)
    assert store.settings["blind"] is False


# ---------------------------------------------------------------- items


def test_items_keep_their_rows_when_others_arrive(store):
    before = store.items()
    assert store.add_items(["new.png", "03.png"]) == 1
    after = store.items()
    assert after["row"].tolist() == list(range(21))
    assert after["key"][-1] == "new.png"
    np.testing.assert_array_equal(after["place"][:20], before["place"])


def test_a_digest_is_kept_as_it_was_at_first_sight(store):
    store.add_items(["00.png", "01.png"], ["aa", None])
    store.add_items(["00.png", "01.png"], ["bb", "cc"])
    assert store.items()["digest"][:3].tolist() == ["aa", "cc", None]


# ---------------------------------------------------------------- claims


def test_two_people_get_different_items_and_keep_them(store):
    anna, ben = claimed(store, "anna", 5), claimed(store, "ben", 5)
    assert len({*anna, *ben}) == 10
    assert claimed(store, "anna", 5) == anna
    assert len(claimed(store, "anna", 20)) == 15


def test_items_in_hand_need_not_be_told_again(store):
    held = claimed(store, "anna", 3)
    more = claimed(store, "anna", 2, skip=held)
    assert not {*held} & {*more}
    assert sorted(claimed(store, "anna", 5)) == sorted(held + more)


def test_wishes_come_first_in_their_order_and_leave_when_answered(store):
    number = store.end_round({"n_labels": 0}, [Wish(7, 0.9, "dog", 0.6, {"text": "tie"}), Wish(3)])
    first, second = store.claim("anna", 2)
    assert (first.item, first.key, first.row, first.rank) == (7, "06.png", 6, 0)
    assert (first.prediction, first.confidence, first.utility) == ("dog", 0.6, 0.9)
    assert (first.model, first.why) == (number, {"text": "tie"})
    assert second.item == 3
    store.answer("anna", 7, "cat")
    assert store.counts()["wished"] == 1
    assert claimed(store, "anna") == [3]


def test_an_undone_item_returns_to_who_undid_it(store):
    [held] = claimed(store, "anna")
    store.answer("anna", held, "cat")
    store.undo("anna")
    assert held not in claimed(store, "ben", 20)
    assert claimed(store, "anna") == [held]


def test_a_lease_ends_by_itself_and_a_heartbeat_keeps_it(store, clock):
    lost, kept = claimed(store, "anna", 2, lease=10)
    assert store.renew("anna", [kept], lease=100) == [kept]
    clock.time += 11
    assert store.renew("anna", [lost], lease=100) == []
    others = claimed(store, "ben", 20)
    assert lost in others and kept not in others


def test_items_given_back_are_others(store):
    held = claimed(store, "anna", 20)
    assert claimed(store, "ben") == []
    store.release("anna", held[:1])
    assert claimed(store, "ben", 5) == held[:1]


def test_an_answer_without_a_lease_is_kept(store):
    store.answer("anna", claimed(store, "ben")[0], "cat")
    assert store.counts()["answers"] == 1


def test_several_answers_come_from_several_people(store):
    for who in ("anna", "ben"):
        for held in claimed(store, who, 20, answers_per_item=2):
            store.answer(who, held, "cat")
    assert store.counts()["annotators"]["ben"]["label"] == 20
    assert claimed(store, "cleo", 20, answers_per_item=2) == []


def test_a_share_of_the_items_is_answered_twice(store):
    for held in claimed(store, "anna", 20, overlap=0.5):
        store.answer("anna", held, "cat")
    twice = claimed(store, "ben", 20, overlap=0.5)
    assert 5 <= len(twice) <= 15  # 10 expected, standard deviation 2.2
    assert set(claimed(store, "cleo", 20, overlap=0.5)) == set()


def test_a_newcomer_begins_with_what_others_answered(store):
    for held in claimed(store, "anna", 3, answers_per_item=2):
        store.answer("anna", held, "cat")
    begun = set(store.current()["item"].tolist())
    assert set(claimed(store, "ben", 3, answers_per_item=2)) == begun


def test_an_item_can_be_asked_of_one_more(store):
    for who in ("anna", "ben"):
        store.answer(who, 5, "cat")
    assert 5 not in claimed(store, "cleo", 20)
    store.release("cleo")
    store.ask_again([5], 2)
    assert claimed(store, "cleo") == [5]
    assert 5 not in claimed(store, "dan", 20)  # cleo holds what is wanted


def test_nobody_is_asked_of_what_is_not_there(store):
    store.set_present([1, 2], False)
    assert not {1, 2} & {*claimed(store, "anna", 20)}
    store.set_present([1], True)
    assert 1 in claimed(store, "ben", 20)


def test_what_one_skips_is_asked_of_others(store):
    [held] = claimed(store, "anna")
    store.skip("anna", held)
    assert held not in claimed(store, "anna", 20)
    store.release("anna")
    assert claimed(store, "ben") == [held]


# ---------------------------------------------------------------- the rest


def test_one_owner_holds_and_others_wait_until_it_ends(store, clock):
    assert store.hold("trainer", "a", 10)
    assert not store.hold("trainer", "b", 1)
    assert store.hold("trainer", "a", 10)
    store.free("trainer", "b")
    assert not store.hold("trainer", "b", 1)
    clock.time += 11
    assert store.hold("trainer", "b", 1)
    store.free("trainer", "b")
    assert store.hold("trainer", "a", 1)


def test_rounds_and_notes_keep_their_values(store):
    record = {"n_labels": 3, "scores": [0.1 + 0.2, float("nan")], "last_event": 2}
    assert store.end_round(record) == 1
    [kept] = store.rounds()
    assert kept["round"] == 1 and kept["scores"][0] == 0.1 + 0.2 and np.isnan(kept["scores"][1])
    assert store.rounds(after=1) == []
    store.note("status", {"busy": True})
    assert store.noted("status") == {"busy": True}
    assert store.noted("nothing", 7) == 7


def test_a_round_whose_wishes_are_wrong_leaves_nothing(store):
    with pytest.raises(StoreError):
        store.end_round({}, [Wish(1), Wish(999)])
    assert store.rounds() == [] and store.counts()["wished"] == 0


def test_the_lines_make_the_same_store_again(store, tmp_path):
    store.answer("anna", 3, "dog", seconds=0.1 + 0.2)
    store.undo("anna")
    store.unsure("ben", 4, note="ä\n</script>")
    store.add_class("ben", "cow")
    store.end_round({"n_labels": 0, "scores": [0.1]}, [Wish(1)])
    store.note("people", "secret")
    lines = list(store.lines())
    assert "secret" not in "".join(lines)
    with LabelStore.from_lines(tmp_path / "copy.skal", lines) as copy:
        assert list(copy.lines()) == lines
        np.testing.assert_equal(copy.current(), store.current())
        assert copy.answer("anna", 5, "cow").id == store.last_event + 1


@pytest.mark.parametrize("cut", [-3, 2])
def test_lines_that_were_cut_make_no_store(store, tmp_path, cut):
    lines = list(store.lines())
    lines[cut] = lines[cut][:-5]
    with pytest.raises(StoreError, match=f"`lines` must be whole, got line {cut % len(lines) + 1}"):
        LabelStore.from_lines(tmp_path / "copy.skal", lines)
    with LabelStore(tmp_path / "copy.skal") as copy:
        assert copy.n_events == len(copy.items()["id"]) == 0


def test_lines_are_not_mixed_into_another_store(store):
    with pytest.raises(StoreError, match="`store` must be empty"):
        LabelStore.from_lines(store.url, list(store.lines()))


def test_a_store_goes_to_another_process(store):
    with pickle.loads(pickle.dumps(store)) as again:
        assert again.url == store.url and again.n_events == store.n_events


@pytest.mark.parametrize("content", [b"label,key\n" * 200, b"SQLite format 3\0" + b"x" * 4000])
def test_a_file_of_another_kind_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="other"):
        LabelStore(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("name", [":memory:", "", "mysql://a/b"])
def test_a_place_that_keeps_nothing_is_refused(name):
    with pytest.raises(StoreError, match="`store` must be"):
        LabelStore(name)


def test_what_was_said_keeps_ids_and_names_as_of_an_event(store):
    said = store.answer("anna", 1, "cat", note="seen twice")
    cat = next(id_ for id_, name in store.classes.items() if name == "cat")
    store.rename_class("ben", cat, "kitten")
    then = store.current(until=said.id, ids=True)
    assert (then["label"].tolist(), then["note"].tolist()) == ([cat], ["seen twice"])
    assert store.classes_at(said.id)[cat] == "cat"
    assert store.current()["label"].tolist() == ["kitten"]
