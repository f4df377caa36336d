# SPDX-License-Identifier: MIT
"""What a verb loads: who asks little of a small tree does not wait for solvers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import kvariant
from project_trees import lay_out

SHOW = """
import json, sys
from kvariant.cli import run
code = run(json.loads(sys.argv[1]))
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""
HEAVY = {"numpy", "pysat", "rich.console", "pytest", "kvariant.space.space"}


@pytest.mark.parametrize(
    ("arguments", "beyond"),
    [
        ([], {"kvariant.results.store", "sqlite3", "kvariant.sweep"}),
        (["--help"], {"kvariant.kconfig", "jinja2", "kvariant.results.store"}),
        (["generate", "--help"], {"kvariant.sweep"}),
    ],
)
def test_what_is_not_loaded(tmp_path: Path, arguments: list[str], beyond: set[str]) -> None:
    """A bare `kvariant` and a help text load no solver, no arrays, no results database."""
    ended = subprocess.run(
        [sys.executable, "-c", SHOW, json.dumps(arguments)],
        cwd=lay_out(tmp_path / "tree"),
        capture_output=True,
        text=True,
        check=True,
    )
    code, modules = json.loads(ended.stderr.splitlines()[-1])
    assert code == 0
    assert "click" in modules
    assert set() == (HEAVY | beyond) & {*modules}


@pytest.mark.parametrize("package", ["", ".matrix", ".plan", ".report", ".results", ".space"])
def test_what_is_loaded_on_first_use(package: str) -> None:
    """Each name that a package offers is there when it is asked for, and no other."""
    module = __import__(f"kvariant{package}", fromlist=["__all__"])
    assert module.__all__
    for name in module.__all__:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError, match="nonesuch"):
        module.nonesuch  # noqa: B018
    assert kvariant.Space.__name__ == "Space"
