"""Labels in the formats of others, both ways."""

from skal.labeling.exchange._class_folders import read_class_folders, write_class_folders
from skal.labeling.exchange._coco import read_coco, write_coco
from skal.labeling.exchange._delimited import read_csv, write_csv
from skal.labeling.exchange._formats import FORMATS, SETTLED, format_of, read_labels, write_labels
from skal.labeling.exchange._hub import to_dataset, write_parquet
from skal.labeling.exchange._into_store import Recorded, record_answers
from skal.labeling.exchange._json_lines import read_jsonl, write_jsonl
from skal.labeling.exchange._label_studio import (
    label_studio_config,
    read_label_studio,
    write_label_studio,
)
from skal.labeling.exchange._table import COLUMNS, Matched, match_items

__all__ = [
    "COLUMNS",
    "FORMATS",
    "SETTLED",
    "Matched",
    "Recorded",
    "format_of",
    "label_studio_config",
    "match_items",
    "read_class_folders",
    "read_coco",
    "read_csv",
    "read_jsonl",
    "read_label_studio",
    "read_labels",
    "record_answers",
    "to_dataset",
    "write_class_folders",
    "write_coco",
    "write_csv",
    "write_jsonl",
    "write_label_studio",
    "write_labels",
    "write_parquet",
]
