"""Tasks, answers and predictions for Label Studio, and its answers back."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import quoteattr

from skal.labeling._items import Items
from skal.labeling.exchange._files import check_inside, decoded, write_whole
from skal.labeling.exchange._table import Table, as_items, as_table, instant_of

__all__ = ["label_studio_config", "read_label_studio", "write_label_studio"]

FROM, TO = "label", "item"  # names of the question and of what it is asked of, in the config
OBJECTS = {"image": "Image", "text": "Text", "table": "Text"}
LOCAL = "/data/local-files/?d="  # how Label Studio calls files below its document root
TOLD = ("annotator", "at")  # of an answer, beside what Label Studio keeps
PREDICTED = ("key", "label", "confidence", "rank", "model")


def label_studio_config(classes: list[str], kind: str = "image") -> str:
    """Make the labelling configuration of a Label Studio project.

    Parameters
    ----------
    classes : list of str
        One choice each, with the keys 1 to 9 and 0.
    kind : {"image", "text", "table"}, default="image"
        A row of a table is shown as text.

    Returns
    -------
    str
        XML.

    Examples
    --------
    >>> from skal.labeling.exchange import label_studio_config
    >>> print(label_studio_config(["cat", 'dog "rex"']))
    <View>
      <Image name="item" value="$image"/>
      <Choices name="label" toName="item" choice="single" showInline="true">
        <Choice value="cat" hotkey="1"/>
        <Choice value='dog "rex"' hotkey="2"/>
      </Choices>
    </View>
    """
    if kind not in OBJECTS:
        raise ValueError(f"`kind` must be one of {tuple(OBJECTS)}, got {kind!r}.")
    choices = [
        f"    <Choice value={quoteattr(str(name))}"
        + (f' hotkey="{(at + 1) % 10}"' if at < 10 else "")
        + "/>"
        for at, name in enumerate(classes)
    ]
    shown = OBJECTS[kind]
    return "\n".join(
        [
            "<View>",
            f'  <{shown} name="{TO}" value="${shown.lower()}"/>',
            f'  <Choices name="{FROM}" toName="{TO}" choice="single" showInline="true">',
            *choices,
            "  </Choices>",
            "</View>",
        ]
    )


def write_label_studio(
    path: Any,
    pool: Any,
    table: Mapping[str, Any] | None = None,
    *,
    keys: list[str] | None = None,
    predictions: Mapping[str, Any] | None = None,
    prefix: str = LOCAL,
    emails: Mapping[str, str] | None = None,
) -> Path:
    """Write tasks for Label Studio, with answers and predictions.

    Parameters
    ----------
    path : path
    pool : Items or anything that Items takes
        A folder of images, texts, or rows of a table, which are shown as text.
    table : dict of columns, default=None
        Answers so far, as for `write_csv`.
    keys : list of str, default=None
        Items to write; None: all.
    predictions : dict of columns, default=None
        ``key`` and ``label``, and what is known of ``confidence``, ``rank``, the place in the
        queue from 0, and ``model``, its version.
    prefix : str, default="/data/local-files/?d="
        What stands before the path of an image: by default Label Studio's own for files below its
        document root. An address of a web server serves too.
    emails : dict, default=None
        Address of each annotator as Label Studio knows them. Answers of others are imported as the
        importer's, and known again by `read_label_studio`; their skips are left out.

    Returns
    -------
    Path

    Notes
    -----
    The score of a prediction is the place in the queue: 0 is asked first and 1 last, as Label
    Studio's order by prediction score is ascending; it is not the confidence, which is in the
    prediction's result. Who is unsure has skipped, for Label Studio.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from skal.labeling.exchange import read_label_studio, write_label_studio
    >>> with TemporaryDirectory() as folder:
    ...     path = write_label_studio(f"{folder}/tasks.json", ["buy now", "see you"],
    ...                               {"key": ["1"], "label": ["ham"], "annotator": ["anna"]})
    ...     read_label_studio(path)["annotator"]
    ['anna']
    """
    items = as_items(pool)
    if items.kind == "image" and not hasattr(items.X, "path"):
        raise ValueError(
            "`pool` must hold files, texts or rows of a table, got images in memory; write them "
            "with write_class_folders, and pass that folder."
        )
    known = emails or {}
    answers = _by_key(as_table(table or {"key": [], "label": []}), items, known)
    guesses = _predictions(predictions or {}, items)
    row_of = {key: row for row, key in enumerate(items.keys.tolist())}
    wanted = items.keys.tolist() if keys is None else [str(key) for key in keys]
    _refuse_unknown(wanted, row_of, "keys")
    tasks = []
    for number, key in enumerate(wanted, start=1):
        row = row_of[key]
        digest = items.digest(row)
        task: dict[str, Any] = {
            "id": number,
            "data": {**_shown(items, row, prefix), "skal_key": key},
            "meta": {"skal_key": key, "sha256": digest},
        }
        if key in answers:
            task["annotations"] = [_annotation(entry, known) for entry in answers[key]]
        if key in guesses:
            task["predictions"] = [guesses[key]]
        tasks.append(task)
    return write_whole(path, json.dumps(tasks, indent=1).encode("ascii"))


def read_label_studio(path: Any, *, people: Mapping[Any, str] | None = None) -> Table:
    """Read answers that Label Studio exported, as JSON or JSON-MIN.

    Parameters
    ----------
    path : path
    people : dict, default=None
        Names of annotators by Label Studio's number or address; who is not in it is called by
        these.

    Returns
    -------
    dict of lists
        A column each, in the order of time. A cancelled annotation is a skip; of several by one
        person on one item the newest counts. An answer that `write_label_studio` gave, and nobody
        changed, is of whom it was; JSON-MIN does not tell, and has no skips. Items are known by
        the key that `write_label_studio` gave, else by their path or text.

    Raises
    ------
    ValueError
        If an annotation has several choices, or an image's path leads out of its folder.

    Examples
    --------
    >>> import json
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skal.labeling.exchange import read_label_studio
    >>> task = {"data": {"image": "/data/local-files/?d=pets/1.png"}, "annotations": [
    ...     {"completed_by": 4, "lead_time": 2.5, "result": [
    ...         {"type": "choices", "value": {"choices": ["cat"]}}]}]}
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "export.json")
    ...     _ = path.write_text(json.dumps([task]))
    ...     found = read_label_studio(path, people={4: "anna"})
    >>> found["key"], found["label"], found["annotator"], found["seconds"]
    (['pets/1.png'], ['cat'], ['anna'], [2.5])
    """
    tasks = json.loads(decoded(path))
    if not isinstance(tasks, list):
        raise ValueError(
            f"{path} must hold a list of tasks, got {type(tasks).__name__}; export JSON or "
            "JSON-MIN."
        )
    found = [entry for task in tasks for entry in _answers(task, people or {})]
    found.sort(key=lambda entry: -math.inf if entry["at"] is None else entry["at"])
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in found:
        pair = entry["key"], entry["annotator"] or ""
        newest.pop(pair, None)  # the order of the table is that of time
        newest[pair] = entry
    columns = ("key", "label", "annotator", "at", "seconds", "action", "sha256")
    entries = [*newest.values()]
    return as_table({name: [entry[name] for entry in entries] for name in columns})


# ---------------------------------------------------------------- out


def _shown(items: Items, row: int, prefix: str) -> dict[str, str]:
    if items.kind == "image":
        return {"image": prefix + quote(str(items.keys[row]), errors="surrogateescape")}
    view = items.view(row)
    if items.kind == "text":
        return {"text": view["text"]}
    return {"text": "\n".join(f"{name}: {value}" for name, value in view["cells"])}


def _result(label: str) -> dict[str, Any]:
    return {"from_name": FROM, "to_name": TO, "type": "choices", "value": {"choices": [label]}}


def _annotation(entry: dict[str, Any], emails: Mapping[str, str]) -> dict[str, Any]:
    """One answer; Label Studio keeps of others' annotations only what it knows, and results."""
    annotator = entry["annotator"]
    made: dict[str, Any] = {"ground_truth": False}
    if entry["label"] is None:
        made |= {"result": [], "was_cancelled": True}
    else:
        told = {name: entry[name] for name in TOLD if entry[name] is not None}
        made["result"] = [_result(entry["label"]) | ({"meta": {"skal": told}} if told else {})]
    if entry["seconds"] is not None:
        made["lead_time"] = entry["seconds"]
    if annotator in emails:
        made["completed_by"] = {"email": emails[annotator]}
    return made


def _predictions(columns: Mapping[str, Any], items: Items) -> dict[str, dict[str, Any]]:
    if not columns:
        return {}
    unknown = sorted(set(columns) - set(PREDICTED))
    if unknown or "key" not in columns or "label" not in columns:
        raise ValueError(
            f"`predictions` must have key and label, and may have {', '.join(PREDICTED[2:])}, got "
            f"{', '.join(columns)}."
        )
    n = len(columns["key"])
    _refuse_unknown([str(key) for key in columns["key"]], set(items.keys.tolist()), "predictions")
    ranks = [float(rank) for rank in columns.get("rank", range(n))]
    last = max(ranks, default=0.0) or 1.0
    made = {}
    for at, key in enumerate(columns["key"]):
        result = _result(str(columns["label"][at]))
        if "confidence" in columns:
            result["score"] = float(columns["confidence"][at])
        model = columns["model"][at] if "model" in columns else ""
        made[str(key)] = {
            "model_version": str(model),
            "score": ranks[at] / last,  # 0 is asked first
            "result": [result],
        }
    return made


def _by_key(
    table: Table, items: Items, emails: Mapping[str, str]
) -> dict[str, list[dict[str, Any]]]:
    _refuse_unknown(table["key"], set(items.keys.tolist()), "table")
    found: dict[str, list[dict[str, Any]]] = {}
    for values in zip(*table.values()):
        entry = dict(zip(table, values))
        # a skip of nobody would be the importer's, who would not be asked then
        if entry["label"] is not None or entry["annotator"] in emails:
            found.setdefault(entry["key"], []).append(entry)
    return found


def _refuse_unknown(keys: list[str], known: Any, name: str) -> None:
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise ValueError(
            f"`{name}` must be of items of the pool, got {unknown[:5]}; leave them out, or call "
            "refresh on the pool."
        )


# ---------------------------------------------------------------- in


def _key_of(data: Mapping[str, Any], meta: Mapping[str, Any]) -> str:
    for told in (meta, data):
        if told.get("skal_key") is not None:
            return str(told["skal_key"])
    if data.get("image"):
        address = str(data["image"])
        path = _path_of(address)
        return path if "://" in path else check_inside(path, "an image")
    for name in ("text", "html"):
        if data.get(name):
            return str(data[name])
    raise ValueError(
        f"a task must have skal_key, image or text, got {', '.join(map(str, data)) or 'nothing'}."
    )


def _path_of(address: str) -> str:
    """Path below the document root, or what an upload was called: eight hex digits and a name."""
    parts = urlsplit(address)
    if parts.path.startswith("/data/local-files"):
        return parse_qs(parts.query).get("d", [""])[0]
    if parts.path.startswith("/data/upload/"):
        name = unquote(parts.path.rpartition("/")[2])
        head, dash, rest = name.partition("-")
        return rest if dash and len(head) == 8 else name
    return address


def _answers(task: Mapping[str, Any], people: Mapping[Any, str]) -> list[dict[str, Any]]:
    """Answers of one task, as JSON has it, or JSON-MIN, which has one level."""
    data, meta = task.get("data", task), task.get("meta") or {}
    key = _key_of(data, meta)
    annotations = task.get("annotations") or [] if "data" in task else _of_min(task)
    return [
        _answer(annotation, people, key) | {"key": key, "sha256": meta.get("sha256")}
        for annotation in annotations
    ]


def _of_min(task: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Annotations as JSON has them: one, or none of a task that nobody answered."""
    label = task.get(FROM)
    if label is None:
        return []
    choices = label if isinstance(label, list) else [label]
    made = {"result": [{"type": "choices", "value": {"choices": choices}}]}
    kept = {name: task.get(name) for name in ("lead_time", "created_at", "updated_at")}
    return [made | kept | {"completed_by": task.get("annotator")}]


def _answer(annotation: Mapping[str, Any], people: Mapping[Any, str], key: str) -> dict[str, Any]:
    results = [r for r in annotation.get("result") or [] if r.get("type") == "choices"]
    choices = [choice for result in results for choice in result["value"]["choices"]]
    if len(choices) > 1:
        raise ValueError(f"an annotation must have one choice, got {choices} for {key!r}.")
    skipped = annotation.get("was_cancelled") or not choices
    told: Mapping[str, Any] = {}
    if choices and annotation.get("updated_by") is None:  # nobody changed what was imported
        told = (results[0].get("meta") or {}).get("skal") or {}
    at = annotation.get("updated_at") or annotation.get("created_at")
    return {
        "label": None if skipped else str(choices[0]),
        "action": "skip" if skipped else "label",
        "annotator": told.get("annotator") or _person(annotation, people),
        "seconds": annotation.get("lead_time"),
        "at": instant_of(told.get("at", at)),
    }


def _person(annotation: Mapping[str, Any], people: Mapping[Any, str]) -> str | None:
    who = annotation.get("completed_by")
    names = [who.get("email"), who.get("id")] if isinstance(who, Mapping) else [who]
    known = [people[name] for name in names if name in people]
    return next(iter(known + [str(name) for name in names if name is not None]), None)
