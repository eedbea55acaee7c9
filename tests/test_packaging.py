"""What an installed skal brings: the command, the types, every file that the page needs."""

import configparser
import importlib
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]


def test_the_command_is_a_function_of_the_package():
    module, function = PROJECT["scripts"]["skal"].split(":")
    command = getattr(importlib.import_module(module), function)
    for option in ("--help", "--version"):
        with pytest.raises(SystemExit) as ended:
            command([option])
        assert ended.value.code == 0


def test_every_folder_with_files_is_a_package_of_the_wheel():
    setuptools = pytest.importorskip("setuptools", reason="an installer brings it where needed")
    told = configparser.ConfigParser()
    told.read(ROOT / "setup.cfg")
    assert told["options"]["packages"] == "find_namespace:"
    names = {key: value.split() for key, value in told["options.packages.find"].items()}
    found = setuptools.find_namespace_packages(str(ROOT), **names)
    folders = {file.parent for file in (ROOT / "skal").rglob("*") if file.is_file()}
    wanted = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    assert {name for name in wanted if "__pycache__" not in name} <= {*found}
