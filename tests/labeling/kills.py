"""People's programs that are killed in the middle of their work, and what is left of it.

    python -m tests.labeling.kills [--kills 200]

plays as many kills on a file and, where PostgreSQL is installed, on a server.
"""

import argparse
import multiprocessing
import os
import signal
import tempfile
import time
import uuid
from collections import Counter

import numpy as np

from skal.labeling import LabelStore, Wish
from tests.labeling import postgres

FORK = multiprocessing.get_context("fork")  # a new interpreter would cost seconds a kill


def asks(rng, who, items, last):
    """Return a call of the store by its name and arguments, as people make them."""
    request = uuid.uuid4().hex
    kind = rng.choice(["answer", "skip", "unsure", "undo"], p=[0.8, 0.05, 0.05, 0.1])
    if kind == "undo" and last:
        return "undo", (who,), {"request": request}
    item = int(rng.choice(items))
    if kind == "answer" or kind == "undo":
        return "answer", (who, item, str(rng.choice(["cat", "dog"]))), {"request": request}
    return str(kind), (who, item), {"request": request}


def work(url, who, seed, pipe):
    """Claim and answer until killed; tell what is asked, and what was acknowledged."""
    rng = np.random.default_rng(seed)
    store = LabelStore(url, timeout=60)
    last = False
    while True:
        claims = store.claim(who, 3, answers_per_item=3)
        if rng.random() < 0.1:
            wished = rng.permutation(500)[: rng.integers(1, 40)] + 1
            store.end_round({"n_wishes": len(wished)}, [Wish(int(id_)) for id_ in wished])
        items = [claim.item for claim in claims] or [1]
        call = asks(rng, who, items, last)
        pipe.send(("asked", call))
        made = getattr(store, call[0])(*call[1], **call[2])
        pipe.send(("kept", call[2]["request"] if made is not None else None))
        last = True


def killed(url, who, seed, wait):
    """Run one program, kill it, and return what it asked and which requests it knew were kept."""
    ours, theirs = FORK.Pipe(duplex=False)
    program = FORK.Process(target=work, args=(url, who, seed, theirs))
    program.start()
    theirs.close()
    ours.poll(60)  # from its first call on
    time.sleep(wait)
    os.kill(program.pid, signal.SIGKILL)
    program.join()
    asked, kept = [], set()
    try:
        while True:
            word, said = ours.recv()
            if word == "asked":
                asked.append(said)
            elif said is not None:
                kept.add(said)
            else:
                asked.pop()  # there was nothing to undo
    except EOFError:
        pass
    return asked, kept


def play(url, n_kills, longest=0.3, seed=0):
    """Kill programs one after another by one; count the answers."""
    rng = np.random.default_rng(seed)
    kept: set[str] = set()
    with LabelStore(url, timeout=60) as store:
        store.setup(["cat", "dog"])
        store.add_items(f"{n}.png" for n in range(500))
        for number in range(n_kills):
            wait = float(rng.uniform(0, longest))
            asked, known = killed(url, f"p{number % 3}", [seed, number], wait)
            kept |= known
            if asked:  # as a page does that heard no answer: it sends the last one again
                name, args, told = asked[-1]
                if getattr(store, name)(*args, **told) is not None:
                    kept.add(told["request"])
        events = store.events()
        requests = Counter(events["request"][events["action"] != "class"].tolist())
        before = store.current()
        np.testing.assert_equal(store.current(until=store.last_event), before)
        rounds = store.rounds()[-1:]  # a round and its queue came together
        assert len(store.wishes()["item"]) == (rounds[0]["n_wishes"] if rounds else 0)
        store.rebuild()
        np.testing.assert_equal(store.current(), before)
    lost = sum(requests[request] == 0 for request in kept)
    doubled = sum(n - 1 for n in requests.values())
    return {"kept": len(kept), "lost": lost, "doubled": doubled, "unasked": len({*requests} - kept)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    n_kills = parser.parse_args().kills
    with tempfile.TemporaryDirectory() as folder, postgres.server() as url:
        for place in filter(None, (f"{folder}/kills.skal", url)):
            start = time.perf_counter()
            found = play(place, n_kills)
            seconds = time.perf_counter() - start
            print(f"{place.partition(':')[0]}: {n_kills} kills in {seconds:.0f} s, {found}")


if __name__ == "__main__":
    main()
