# SPDX-License-Identifier: MIT
"""Faults of ours in lines that are rendered under conditions: named exactly, by few variants."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kvariant.cli import run
from kvariant.kconfig.expression import Expression

pytestmark = pytest.mark.usefixtures("forked_pytests")

Capture = pytest.CaptureFixture[str]
SYMBOLS = "ABCDEFGH"
INTERFACE = """\
format = 1
library = "m"
[modules]
m = { c = "include/m.h", python = "python/m/m.py" }
[types]
number = { c = "unsigned long", python = "int" }
[[helper]]
name = "f"
module = "m"
arguments = ["x: number"]
result = "number"
exists = "A || B"
requires = "C"
stub = { value = "zero", warn = true }
[[helper]]
name = "g"
module = "m"
arguments = ["x: number"]
result = "number"
"""
HEADER = """\
#ifndef M_H
#define M_H
%(macro)s
%(include)s
{%% helper f %%}
%(f)s
	return x;
{%% endhelper %%}
{%% helper g %%}
%(g)s
	return x;
{%% endhelper %%}
#endif
"""
MODULE = """\
\"\"\"M.\"\"\"


def warn_on_once(name: str) -> None:
    \"\"\"Warn.\"\"\"
%(macro)s


{%% helper f %%}
%(f)s
    return x
{%% endhelper %%}


{%% helper g %%}
%(g)s
    return x
{%% endhelper %%}
"""
TESTS = """\
def test_all(variant):
    module = variant.import_module("m.m")
    assert module.g(1) == 1
    if hasattr(module, "f"):
        module.f(1)
"""
WARN = "#define WARN_ON_ONCE(x) ((void)(x))"


def lay_out(folder: Path, strength: int = 3, partial: str = "", **parts: str) -> None:
    """Write a project of eight options; what is named is put into its header or module."""
    of_c = {"macro": WARN, "include": "", "f": "", "g": ""}
    of_python = {"macro": "", "f": "", "g": ""}
    for name, text in parts.items():
        language, _, place = name.partition("_")
        (of_c if language == "c" else of_python)[place] = text
    files = {
        "Kconfig": "".join(f'config {s}\n\tbool "{s}"\n' for s in SYMBOLS),
        "kvariant.toml": 'tests = ["tests"]\n[generate]\ntemplates = "templates"\n'
        f'[matrix]\ndefault = "m"\n[matrix.m]\nstrategy = "t-wise"\nstrength = {strength}\n',
        "templates/interface.toml": INTERFACE,
        "templates/include/m.h.j2": HEADER % of_c,
        "templates/python/m/m.py.j2": MODULE % of_python,
        "templates/python/m/__init__.py.j2": '"""M."""\n',
        "tests/test_m.py": TESTS,
    }
    if partial:
        files["templates/_part.h.j2"] = partial
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def verify_named(failure: Mapping[str, Any], truth: str) -> None:
    """What is told is the truth under all values, and said to be proven."""
    found, expected = Expression.parse(failure["fails_iff"]), Expression.parse(truth)
    for texts in itertools.product("ny", repeat=len(SYMBOLS)):
        values = dict(zip(SYMBOLS, texts, strict=True))
        assert found.holds(values) == expected.holds(values), f"{truth} was taken for {found}"
    assert failure["proven"]
    assert failure["settled"]


BROKEN = "{%% if %s %%}\n\tbroken;\n{%% endif %%}"
ODD = "{%% if %s %%}\n    x = x.missing\n{%% endif %%}"
FAULTS: dict[str, tuple[str, dict[str, str], str, int]] = {
    "a branch": ("build", {"c_g": BROKEN % "D and not E"}, "D && !E", 2),
    "branches in branches": (
        "build",
        {"c_g": "{% if D %}{% if E %}\n{% elif F %}\n\tbroken;\n{% endif %}{% endif %}"},
        "D && !E && F",
        2,
    ),
    "a helper's conditions": ("build", {"c_f": BROKEN % "D"}, "(A || B) && C && D", 2),
    "a body": ("build", {"c_f": "\tbroken;"}, "(A || B) && C", 2),
    "a stub": ("build", {"c_macro": ""}, "(A || B) && !C", 2),
    "a partial": (
        "build",
        {
            "c_include": "{% if G %}{% include '_part.h.j2' %}{% endif %}",
            "partial": "{% if not H %}\nbroken;\n{% endif %}\n",
        },
        "G && !H",
        2,
    ),
    "two lines of one message": (
        "build",
        {"c_f": BROKEN % "D", "c_g": BROKEN % "not C and E and G"},
        "(A || B) && C && D || !C && E && G",
        2,
    ),
    "a test's traceback": ("test", {"python_g": ODD % "D and F"}, "D && F", 2),
    "a traceback into a helper": ("test", {"python_f": ODD % "not D"}, "(A || B) && C && !D", 2),
    # The line is there more often than it fails: what is known says so, and is searched.
    "more than the line's own": (
        "build",
        {"c_macro": "{% if D %}\n" + WARN + "\n{% endif %}"},
        "(A || B) && !C && !D",
        9,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Its condition is named exactly, whatever else the matrix leaves to be said of it."""
    step, parts, truth, most = FAULTS[fault]
    lay_out(tmp_path, **parts)
    monkeypatch.chdir(tmp_path)
    assert run(["blame", "--json", "-q", "--step", step]) == 1
    record = json.loads(capsys.readouterr().out)
    (failure,) = record["failures"]
    verify_named(failure, truth)
    assert len(record["extra"]) <= most
    assert record["again"] == 1


def test_a_line_that_only_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """A line that is always there, and fails for values alone, is searched for as ever."""
    lay_out(tmp_path, python_g="    x = [x][{{ 1 if D and not E else 0 }}]")
    monkeypatch.chdir(tmp_path)
    assert run(["blame", "--json", "-q", "--step", "test"]) == 1
    record = json.loads(capsys.readouterr().out)
    (failure,) = record["failures"]
    verify_named(failure, "D && !E")
    assert len(record["extra"]) < 10


def test_a_hypothesis_that_runs_refute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """The line is there under D; it breaks where E is on as well, which the matrix always had."""
    lay_out(
        tmp_path,
        c_g="{% if D %}\n\tx += LIMIT;\n{% endif %}",
        c_macro=WARN + "\n{% if not E %}\n#define LIMIT 1\n{% endif %}",
    )
    (tmp_path / "configs").mkdir()
    for name, values in {"none": "", "both": "CONFIG_D=y\nCONFIG_E=y\n"}.items():
        (tmp_path / f"configs/{name}.config").write_text(values)
    monkeypatch.chdir(tmp_path)
    assert run(["blame", "named", "--json", "-q", "--step", "build"]) == 1
    record = json.loads(capsys.readouterr().out)
    (failure,) = record["failures"]
    verify_named(failure, "D && E")
    assert len(record["extra"]) < 10
