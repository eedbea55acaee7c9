"""Missing extras are reported in one way."""

import json

import pytest

from skal._optional import require


def test_require_returns_the_module_itself():
    assert require("json", extra="modal", purpose="a test") is json


def test_require_returns_the_submodule_of_a_dotted_name():
    assert require("json.decoder", extra="modal", purpose="a test") is json.decoder


def test_a_missing_module_is_reported_with_purpose_module_and_remedy():
    with pytest.raises(ImportError) as caught:
        require("no_such_module_of_skal", extra="modal", purpose="from_modal")
    message = str(caught.value)
    assert message.startswith("from_modal needs no_such_module_of_skal")
    assert 'pip install "skal[modal]"' in message


def test_a_module_that_breaks_while_importing_keeps_its_own_reason(tmp_path, monkeypatch):
    (tmp_path / "broken_for_skal.py").write_text("raise ImportError('wrong ABI')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match=r"wrong ABI.*skal\[nets\]"):
        require("broken_for_skal", extra="nets", purpose="a test")
