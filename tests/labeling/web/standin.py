"""A session in memory, with the public methods that the page calls."""

import io
import threading
import time
from types import SimpleNamespace

import numpy as np
from PIL import Image


class MemorySession:
    """Hands items out in order; keeps every event in a list."""

    def __init__(self, classes=("cat", "dog"), n=400, kind="image", names=None, suggest=True):
        self.classes = {f"class:{i}": name for i, name in enumerate(classes)}
        self.name, self.token, self.kind = "pets", "store-of-tests", kind
        self.settings = {"blind": False, "budget": 200}
        self.people = {}
        self.keys = names or [f"{i:04}.png" for i in range(n)]
        self.suggest = suggest
        self.events = []  # (request, annotator, item, action, label id)
        self.leases = {}
        self.conflicts, self.settled = [], []
        self.broken = set()  # items that no decoder can read
        self.fails = None  # what the store raises
        self._lock = threading.RLock()

    def invite(self, name):
        for token, known in self.people.items():
            if known == name:
                return token
        token = f"token-of-{name}" if name.isalpha() else f"token-{len(self.people)}"
        self.people[token] = name
        return token

    # ------------------------------------------------------------ items

    def next(self, annotator, k=1, skip=()):
        with self._lock:
            done = {item for _, who, item, *_ in self.standing()}
            held = {item for item, who in self.leases.items() if who != annotator}
            found = [i for i in range(len(self.keys)) if i not in done | held | {*skip}][:k]
            self.leases |= dict.fromkeys(found, annotator)
            return [self.task(item) for item in found]

    def task(self, item):
        names = [*self.classes.values()]
        guess = names[item % 2] if self.suggest else None
        top = [[names[item % 2], 0.75], [names[(item + 1) % 2], 0.25]] if guess else []
        why = {"text": "the two likeliest classes are close", "utility": 0.5, "rank": item + 1}
        return SimpleNamespace(
            item=item,
            key=self.keys[item],
            row=item,
            view=self.view(item),
            suggestion=(guess, np.float64(0.75)) if guess else None,
            why={**why, "top": top},
            model=3,
        )

    def view(self, item):
        name = self.keys[item]
        if self.kind == "text":
            return {"kind": "text", "text": f"{name}\nsecond line of {item}"}
        if self.kind == "table":
            return {"kind": "table", "cells": [["size", str(item)], [name, "1.5"]]}
        return {"kind": "image", "name": name, "width": 32, "height": 24}

    def image(self, item, longest=None):
        if not 0 <= item < len(self.keys):
            raise LookupError(item)
        if item in self.broken:
            raise ValueError("too many pixels")
        side = min(longest or 640, 640)
        hue = (item * 37) % 255
        sheet = np.zeros((side * 3 // 4, side, 3), np.uint8)
        sheet[..., item % 3] = hue
        sheet[:, : side * (item % 10 + 1) // 12] //= 2
        stream = io.BytesIO()
        Image.fromarray(sheet).save(stream, "PNG")
        return stream.getvalue(), "image/png"

    def renew(self, annotator, items):
        pass

    def release(self, annotator, items=None):
        with self._lock:
            mine = [i for i, who in self.leases.items() if who == annotator]
            for item in mine if items is None else items:
                if self.leases.get(item) == annotator:
                    del self.leases[item]

    # ------------------------------------------------------------ events

    def _record(self, annotator, item, action, request, label=None, **more):
        if self.fails:
            raise self.fails
        with self._lock:
            for at, event in enumerate(self.events):
                if event[0] == request:
                    return SimpleNamespace(id=at + 1)
            self.events.append((request, annotator, item, action, label))
            self.leases.pop(item, None)
            return SimpleNamespace(id=len(self.events))

    def answer(self, annotator, item, label, *, request=None, **more):
        ids = {name: key for key, name in self.classes.items()}
        if not 0 <= item < len(self.keys):
            raise ValueError(f"`item` must be an item of the store, got {item}; add it first.")
        return self._record(annotator, item, "label", request, ids[label], **more)

    def settle(self, annotator, item, label, **how):
        self.settled.append((annotator, item, label))
        return self.answer(annotator, item, label, **how)

    def skip(self, annotator, item, *, request=None, **more):
        return self._record(annotator, item, "skip", request, **more)

    def unsure(self, annotator, item, *, request=None, **more):
        return self._record(annotator, item, "unsure", request, **more)

    def undo(self, annotator, *, request=None):
        with self._lock:
            for known, _, item, *_ in self.events:
                if known == request:
                    return self.task(item)
            mine = [event for event in self.standing() if event[1] == annotator]
            if not mine:
                return None
            self._record(annotator, mine[-1][2], "undo", request, mine[-1][0])
            self.leases[mine[-1][2]] = annotator
            return self.task(mine[-1][2])

    def standing(self):
        """Events that nobody took back."""
        undone = {event[4] for event in self.events if event[3] == "undo"}
        return [e for e in self.events if e[3] != "undo" and e[0] not in undone]

    def current(self):
        """The newest answer of each item and person."""
        return {(item, who): (action, label) for _, who, item, action, label in self.standing()}

    # ------------------------------------------------------------ classes, counts, review

    def add_class(self, annotator, name):
        if name in self.classes.values():
            raise ValueError(f"`name` must be new, got {name!r}; take another.")
        key = f"class:{len(self.classes)}"
        self.classes = {**self.classes, key: name}
        return key

    def rename_class(self, annotator, id, name):
        self.classes = {**self.classes, id: name}

    def progress(self, annotator=None):
        current = self.current()
        counts = dict.fromkeys(self.classes.values(), 0)
        for action, label in current.values():
            if action == "label":
                counts[self.classes[label]] += 1
        people = sorted({who for _, who in current})
        return {
            "answered": len(current),
            "mine": sum(who == annotator for _, who in current),
            "n_items": len(self.keys),
            "budget": self.settings.get("budget"),
            "counts": counts,
            "pace": 21.5,
            "accuracy": {"value": 0.875, "low": 0.74, "high": 0.945, "n": 48},
            "people": [{"name": one, "answered": 7, "pace": 20.0} for one in people],
            "model": {"round": 3, "n_labels": 120, "behind": 40, "status": "training"},
            "agreement": float("nan"),
            "conflicts": len(self.conflicts),
            "left": len(self.keys) - len(current),
            "forecast": "100 more labels: about 1 point more.",
            "advice": None,
        }

    def review(self, kind, annotator=None):
        if kind == "own":
            newest = {e[2]: e for e in self.standing() if e[1] == annotator}
            items = sorted(newest, key=lambda i: -self.events.index(newest[i]))
            entries = [(item, "", [newest[item]]) for item in items]
        else:
            found = [] if kind == "suspects" else self.conflicts
            entries = [(i, "two answers", [e for e in self.standing() if e[2] == i]) for i in found]
        return [
            {
                "item": item,
                "key": self.keys[item],
                "view": self.view(item),
                "reason": reason,
                "answers": [
                    {
                        "annotator": who,
                        "label": self.classes.get(label),
                        "action": action,
                        "at": time.time(),
                        "seconds": 1.5,
                    }
                    for _, who, _, action, label in events
                ],
                "suggestion": (self.classes["class:0"], 0.8),
            }
            for item, reason, events in entries
        ]
