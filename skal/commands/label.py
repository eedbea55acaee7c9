"""``skal label``: people label images, texts or rows of a table in the browser."""

import argparse
import getpass
import sys
from pathlib import Path
from typing import Any

from skal._optional import require
from skal.data import ImageFolderPool
from skal.learner import ActiveLearner

TABLES = {".csv": ",", ".tsv": "\t"}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def add_command(commands: Any) -> None:
    """Add the command and its options to the parsers of all commands."""
    command = commands.add_parser(
        "label",
        help="label images, texts or a table in the browser, while a model orders the queue",
        description="Open a page on which people label, one key an item. A model trains behind it "
        "and asks first what it can learn most from. Every answer is on disk before the page says "
        "so; the same command goes on tomorrow.",
    )
    add = command.add_argument
    add("data", type=Path, help="a folder of images, a .txt file of a text a line, or a .csv table")
    add("--classes", nargs="+", metavar="NAME", help="needed the first time; more can be added")
    add("--store", help="file of the answers, or postgresql://... (default: DATA.skal beside it)")
    add("--column", metavar="NAME", help="label the texts of this column of a table")
    add("--who", nargs="+", metavar="NAME", help="a link for each who labels (default: you)")
    add("--answers-per-item", type=int, help="people who label each item (default: 1)")
    add("--overlap", type=float, help="share of items that one more person labels (default: 0)")
    add("--blind", action=argparse.BooleanOptionalAction, help="hide what the model believes")
    add("--budget", type=int, help="answers that are wanted")
    add(
        "--export",
        type=Path,
        metavar="PATH",
        help="write the labels and open no page: a .csv, .jsonl or .parquet file, or a folder of "
        "class folders",
    )
    add("--format", help="of --export where the ending does not tell: coco, label_studio ...")
    _add_options_of_models(command.add_argument_group("model"))
    _add_options_of_servers(command.add_argument_group("server"))
    command.set_defaults(run=_label, interrupted=_interrupted)


def _add_options_of_models(group: Any) -> None:
    add = group.add_argument
    add(
        "--model",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="train one; without it items come in random order",
    )
    add("--size", type=int, help="pixels a side that the model sees (default: their own up to 64)")
    add("--color", action=argparse.BooleanOptionalAction, help="(default: as the files are)")
    add("--strategy", default=ActiveLearner().strategy, help="what to ask first (default: auto)")
    add("--random-state", type=int, default=0, help="seed (default: 0)")


def _add_options_of_servers(group: Any) -> None:
    add = group.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, only here)")
    add("--port", type=int, help="(default: one that stays the same for a store)")
    add(
        "--host-name",
        nargs="+",
        default=(),
        metavar="NAME",
        help="further names of the page, such as that of a proxy that adds TLS",
    )
    add(
        "--browser",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="open the page in the browser",
    )


def _interrupted(options: argparse.Namespace) -> str:
    return (
        f"Stopped. Every answer is in {_store(options)}; the same command goes on, and with "
        "--export labels.csv it writes them."
    )


def _label(options: argparse.Namespace) -> None:
    labeling = require("skal.labeling", extra="label", purpose="skal label")
    store = _store(options)
    if options.export and "://" not in store and not Path(store).exists():
        raise ValueError(f"`--export` must find a store with answers, got none: no {store}.")
    if options.classes is None and "://" not in store and not Path(store).exists():
        raise ValueError(
            f"`--classes` must name the classes of a new store, got none, and there is no {store}; "
            "add --classes cat dog."
        )
    pool = _pool(options)
    session = labeling.LabelingSession(
        store,
        pool,
        _learner(labeling, pool, options) if options.model and not options.export else None,
        options.classes,
        answers_per_item=options.answers_per_item,
        overlap=options.overlap,
        blind=options.blind,
        random_state=options.random_state,
    )
    try:
        _say(session, store)
        if options.export:
            written = session.export(options.export, options.format)
            print(f"The labels are in {written}.")
            return
        server = session.serve(
            who=options.who or ([] if session.people else [_me()]),
            host=options.host,
            port=options.port,
            names=options.host_name,
            browser=options.browser,
        )
        with server:
            _say_links(server.links, options.host)
            server.wait()
    finally:
        session.close()


def _store(options: argparse.Namespace) -> str:
    return options.store or str(_beside(options, ".skal"))


def _beside(options: argparse.Namespace, ending: str) -> Path:
    """Return a file next to the store, or next to the data where the store is no file."""
    data = options.data.expanduser().absolute()
    if options.store and "://" not in options.store:
        return Path(options.store).expanduser().absolute().with_suffix(ending)
    return data.with_name(f"{data.name}{ending}")


def _me() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such entry, as in some containers
        return "me"


# ---------------------------------------------------------------- what is labelled, what learns


def _pool(options: argparse.Namespace) -> Any:
    """Open what is to be labelled."""
    path = options.data.expanduser()
    if not path.exists():
        raise FileNotFoundError(f"`data` must be a folder or a file, got {str(path)!r}: not there.")
    ending = path.suffix.lower()
    if path.is_dir():
        cache = _beside(options, ".thumbs")  # a new process, or tomorrow, decodes nothing again
        return ImageFolderPool(path, size=options.size, color=options.color, cache=cache)
    if ending in TABLES:
        pandas = require("pandas", extra="pandas", purpose="a table")
        table = pandas.read_csv(path, sep=TABLES[ending], encoding="utf-8-sig")
        if options.column is not None and options.column not in table.columns:
            raise ValueError(f"`--column` must be one of {[*table]}, got {options.column!r}.")
        if options.column is None and table.shape[1] > 1:
            return table
        texts = table.iloc[:, 0] if options.column is None else table[options.column]
        return texts.fillna("").astype(str).tolist()
    if ending in {".txt", ""}:
        return path.read_text(encoding="utf-8-sig").splitlines()
    raise ValueError(
        f"`data` must be a folder of images, a .txt or a .csv file, got {str(path)!r}; convert it."
    )


def _learner(labeling: Any, pool: Any, options: argparse.Namespace) -> Any:
    learner = labeling.default_learner(pool, random_state=options.random_state)
    return learner.set_params(strategy=options.strategy, budget=options.budget)


# ---------------------------------------------------------------- what is said


def _say(session: Any, store: str) -> None:
    n, classes = len(session.items), ", ".join(session.classes.values())
    noun = {"image": "images", "text": "texts", "table": "rows"}[session.kind]
    print(f"{n:,} {noun}; classes: {classes}.")
    unreadable = getattr(session.items.X, "unreadable_", {})
    if unreadable:
        names = ", ".join([*unreadable][:3]) + (" ..." if len(unreadable) > 3 else "")
        print(f"Left out, as {len(unreadable):,} cannot be read: {names}.")
    print(f"Every answer is kept in {store}.")


def _say_links(links: dict[str, str], host: str) -> None:
    width = max(map(len, links), default=0)
    for name, link in links.items():
        print(f"{name:>{width}}: {link}")
    if host not in LOOPBACK:
        print(
            "skal: the page can be reached from the network: whoever has a link can label, and "
            "without a proxy that adds TLS others can read along.",
            file=sys.stderr,
        )
    print("A link is like a key: give each person their own. Ctrl-C stops.", flush=True)
