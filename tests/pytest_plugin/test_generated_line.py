# SPDX-License-Identifier: MIT
"""The line of generated code that a failing test points at."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from kvariant.pytest_plugin.generated_line import generated_line

CODE = """\
def direct():
    raise KeyError("x")

def through():
    return int("no number")

def called(function):
    return function()

def handled():
    try:
        direct()
    except KeyError:
        outside()

def outside():
    pass
"""


def fail() -> None:
    """Fail in this file."""
    raise AssertionError


def raised(folder: Path, text: str) -> BaseException:
    """What evaluating some text with the functions above raises."""
    (folder / "pkg").mkdir(parents=True, exist_ok=True)
    (folder / "pkg/m.py").write_text(CODE)
    spec = importlib.util.spec_from_file_location("m", folder / "pkg/m.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.raises(Exception) as caught:  # noqa: PT011  # which does not matter
        eval(text, {"m": module, "fail": fail})
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m.direct()", "pkg/m.py:2"),
        ("m.called(m.direct)", "pkg/m.py:2"),
        ("m.through()", "pkg/m.py:5"),
        ("m.called(fail)", "pkg/m.py:8"),
        ("fail()", ""),
    ],
)
def test_the_deepest_line(tmp_path: Path, text: str, expected: str) -> None:
    """It is the deepest of all frames that are in the folder, whatever called or was called."""
    assert generated_line(raised(tmp_path / "v", text), tmp_path / "v") == expected
    assert generated_line(raised(tmp_path / "v", text), tmp_path / "w") == ""


def test_what_an_error_was_raised_from(tmp_path: Path) -> None:
    """An error that comes by no line of ours points at where its cause did; circles end."""
    inner = raised(tmp_path / "v", "m.direct()")
    outer = ValueError("told otherwise")
    outer.__cause__ = inner
    inner.__context__ = outer
    assert generated_line(outer, tmp_path / "v") == "pkg/m.py:2"
    assert generated_line(outer, tmp_path / "w") == ""


def test_a_module_that_cannot_be_read(tmp_path: Path) -> None:
    """No frame is of it; the error itself says where."""
    (tmp_path / "broken.py").write_text("x = 1\nreturn =\n")
    with pytest.raises(SyntaxError) as caught:
        compile((tmp_path / "broken.py").read_text(), str(tmp_path / "broken.py"), "exec")
    assert generated_line(caught.value, tmp_path) == "broken.py:2"
