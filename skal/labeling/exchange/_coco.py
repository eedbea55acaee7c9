"""Labels of images as COCO: one annotation an image, whose box is the whole image."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from skal.labeling.exchange._files import check_inside, decoded, write_whole
from skal.labeling.exchange._table import Table, as_items, as_table, listed, match_items, settled

__all__ = ["read_coco", "write_coco"]

KEPT = ("annotator", "at", "seconds", "confidence", "round")  # beside what COCO knows


def write_coco(
    path: Any, table: Mapping[str, Any], pool: Any, *, classes: list[str] | None = None
) -> Path:
    """Write labels of images as COCO.

    Parameters
    ----------
    path : path
    table : dict of columns
        One label a key; skips are left out.
    pool : Items or anything that Items takes
        Images; all of the labelled must be there.
    classes : list of str, default=None
        In the order of the category ids, which start at 1; None: those of the table, sorted.

    Returns
    -------
    Path

    Examples
    --------
    >>> import numpy as np
    >>> from tempfile import TemporaryDirectory
    >>> from skal.labeling.exchange import read_coco, write_coco
    >>> pool = np.zeros((2, 8, 6), dtype=np.uint8)
    >>> with TemporaryDirectory() as folder:
    ...     path = write_coco(f"{folder}/coco.json", {"key": ["1"], "label": ["cat"]}, pool)
    ...     read_coco(path)["label"]
    ['cat']
    """
    items, chosen = as_items(pool), settled(table)
    if items.kind != "image":
        raise ValueError(f"`pool` must hold images, got a {items.kind}; export CSV.")
    found = match_items(chosen, items)
    if found.unknown:
        raise ValueError(
            f"`pool` must hold every labelled key, got none for {listed(found.unknown)}; leave "
            "them out, or call refresh on the pool."
        )
    names = sorted(set(chosen["label"])) if classes is None else [str(name) for name in classes]
    lacking = sorted(set(chosen["label"]) - set(names))
    if lacking:
        raise ValueError(f"`classes` must name every label, got none for {listed(lacking)}.")
    images, annotations = [], []
    for number, row in enumerate(found.rows.tolist(), start=1):
        entry = {name: values[number - 1] for name, values in chosen.items()}
        view = items.view(row)
        width, height = view["width"], view["height"]
        digest = {"sha256": entry["sha256"]} if entry["sha256"] else {}
        images.append(
            {"id": number, "file_name": entry["key"], "width": width, "height": height, **digest}
        )
        annotations.append(
            {
                "id": number,
                "image_id": number,
                "category_id": names.index(entry["label"]) + 1,
                "bbox": [0, 0, width, height],
                "area": width * height,
                "segmentation": [],
                "iscrowd": 0,
                "attributes": {name: entry[name] for name in KEPT if entry[name] is not None},
            }
        )
    whole = {
        "info": {"description": "Labels of whole images, by skal"},
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": [
            {"id": k, "name": name, "supercategory": ""} for k, name in enumerate(names, start=1)
        ],
    }
    return write_whole(path, json.dumps(whole, indent=1).encode("ascii"))


def read_coco(path: Any, *, several: str = "refuse") -> Table:
    """Read the category of every image from COCO.

    Parameters
    ----------
    path : path
    several : {"refuse", "answers"}, default="refuse"
        What is done with an image that has several categories: nothing, or each is an answer of
        an annotator of its own, to be aggregated.

    Returns
    -------
    dict of lists
        A column each; keys are the ``file_name``. Images without an annotation are left out.

    Raises
    ------
    ValueError
        If an image has several categories, or a file lies outside of its folder.

    Examples
    --------
    >>> import json
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skal.labeling.exchange import read_coco
    >>> whole = {"images": [{"id": 7, "file_name": "a.png"}],
    ...          "categories": [{"id": 3, "name": "cat"}],
    ...          "annotations": [{"image_id": 7, "category_id": 3}]}
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "coco.json")
    ...     _ = path.write_text(json.dumps(whole))
    ...     read_coco(path)["key"]
    ['a.png']
    """
    if several not in ("refuse", "answers"):
        raise ValueError(f"`several` must be 'refuse' or 'answers', got {several!r}.")
    whole = json.loads(decoded(path))
    names = {entry["id"]: str(entry["name"]) for entry in whole["categories"]}
    images = {entry["id"]: entry for entry in whole["images"]}
    told: dict[str, dict[str, dict[str, Any]]] = {}
    for annotation in whole["annotations"]:
        image, category = annotation["image_id"], annotation["category_id"]
        if image not in images or category not in names:
            raise ValueError(
                f"annotations of {path} must be of its images and categories, got image_id "
                f"{image!r} and category_id {category!r}."
            )
        key = check_inside(str(images[image]["file_name"]), "a file_name")
        kept = annotation.get("attributes") or {}
        entry = {name: kept[name] for name in KEPT if name in kept}
        digest = images[image].get("sha256")
        # several boxes of one category say it once
        told.setdefault(key, {})[names[category]] = entry | ({"sha256": digest} if digest else {})
    both = [key for key, labels in told.items() if len(labels) > 1]
    if both and several == "refuse":
        raise ValueError(
            f"images must have one category each, got several for {listed(both)}; pass "
            "several='answers' to take each as an answer."
        )
    entries = [
        {"key": key, "label": label, **entry}
        | ({"annotator": f"coco:{at}"} if len(labels) > 1 else {})
        for key, labels in told.items()
        for at, (label, entry) in enumerate(labels.items())
    ]
    columns = ("key", "label", *KEPT, "sha256")
    return as_table({name: [entry.get(name) for entry in entries] for name in columns})
