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
CLUSTER = {"asyncio", "ssl", "kvariant.sweep.cluster.dask_connection", "distributed"}
OPTIONS = {"kvariant.cli.commits", "kvariant.sweep.continuation", "kvariant.blame.bundle"}
PATCHES = {"kvariant.plan.patch_proof", "kvariant.presence.sources", "kvariant.report.patch"}
LOCK = {"kvariant.plan.relocking", "kvariant.cli.matrix_ci", "kvariant.cli.running"}
HEAVY = {"numpy", "pysat", "rich.console", "pytest", "kvariant.space.space"}


@pytest.mark.parametrize(
    ("arguments", "beyond"),
    [
        ([], {"kvariant.results.store", "sqlite3", "kvariant.sweep"}),
        (["--help"], {"kvariant.kconfig", "jinja2", "kvariant.results.store"}),
        (["generate", "--help"], {"kvariant.sweep"}),
        (["matrix"], {"kvariant.blame.experiments", "jinja2"} | CLUSTER | OPTIONS | PATCHES | LOCK),
        (
            ["sweep", "-q", "--", "true", "{name}"],
            {"kvariant.blame.experiments", "jinja2"} | CLUSTER | OPTIONS | PATCHES,
        ),
        (["report"], {"kvariant.blame.experiments"}),  # after that sweep
    ],
)
def test_what_is_not_loaded(tmp_path: Path, arguments: list[str], beyond: set[str]) -> None:
    """No solver and no arrays are loaded where configurations are listed, swept or reported on."""
    tree = lay_out(tmp_path / "tree")

    def ran(words: list[str]) -> tuple[int, list[str]]:
        command = [sys.executable, "-c", SHOW, json.dumps(words)]
        done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True)
        found: tuple[int, list[str]] = json.loads(done.stderr.splitlines()[-1])
        return found

    if arguments == ["report"]:
        assert ran(["sweep", "-q", "--", "true", "{name}"])[0] == 0
    code, modules = ran(arguments)
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
