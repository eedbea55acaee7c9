"""Answers of other tools become answers of a store."""

import pytest

from skal.labeling.exchange import record_answers

ANSWERS = {
    "key": ["03.png", "03.png", "05.png", "99.png"],
    "label": ["cat", "dog", None, "cat"],
    "annotator": ["anna", "ben", None, "anna"],
    "seconds": [1.5, None, None, None],
}


def test_answers_count_as_those_of_their_people(store):
    assert record_answers(store, ANSWERS, annotator="old tool") == (3, ["99.png"])
    found = store.current()
    told = zip(*(found[name].tolist() for name in ("key", "annotator", "action", "label")))
    assert sorted(told) == [
        ("03.png", "anna", "label", "cat"),
        ("03.png", "ben", "label", "dog"),
        ("05.png", "old tool", "skip", None),
    ]


def test_the_same_table_twice_changes_nothing(store):
    record_answers(store, ANSWERS)
    before = store.n_events
    assert record_answers(store, ANSWERS).n_new == 0 and store.n_events == before
    later = ANSWERS | {"label": ["dog", "dog", None, "cat"]}
    assert record_answers(store, later).n_new == 1  # anna changed her mind


def test_new_classes_are_refused_before_anything_is_recorded_or_added(store):
    before = store.n_events
    with pytest.raises(ValueError, match="classes of the store, got 'fox'"):
        record_answers(store, {"key": ["01.png", "02.png"], "label": ["cat", "fox"]})
    assert store.n_events == before
    record_answers(store, {"key": ["02.png"], "label": ["fox"]}, add_classes=True)
    assert "fox" in store.classes.values()


def test_another_content_is_refused_by_name(store):
    store.add_items(["new.png"], ["abc"])
    record_answers(store, {"key": ["new.png"], "label": ["cat"], "sha256": ["abc"]})
    with pytest.raises(ValueError, match="another content for 'new.png'"):
        record_answers(store, {"key": ["new.png"], "label": ["dog"], "sha256": ["def"]})
