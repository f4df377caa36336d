# SPDX-License-Identifier: MIT
"""Measure sweeps of a project: `python benchmarks/sweep.py PROJECT MATRIX [--edit FILE OLD NEW]`.

A copy of the project is swept for the first time, again with nothing changed, and again
after one edit. Prints a Markdown table. Wall time is from the start of the process to its
end; CPU time is that of the process and of all commands, as the system counts it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

COLUMNS = ("sweep", "cells run", "wall s", "CPU s", "of it ours", "CPU s a variant", "over")
LEFT_OUT = (".git", ".kvariant", ".venv", ".*_cache", ".hypothesis", "__pycache__")


def swept(what: str, project: Path, words: Sequence[str]) -> str:
    """Sweep once, and return a row of the table.

    Raises:
        SystemExit: the sweep failed.
    """
    program = [sys.executable, "-c", "import sys; from kvariant.cli import main; main()"]
    before, started = os.times(), time.perf_counter()
    command = [*program, "sweep", *words, "-q", "--json"]
    done = subprocess.run(command, cwd=project, stdout=subprocess.PIPE, check=False)
    wall, after = time.perf_counter() - started, os.times()
    if done.returncode:
        raise SystemExit(f"{what}: exit code {done.returncode}")
    told: dict[str, Any] = json.loads(done.stdout)
    heads = [cell for cell in told["cells"] if "test" not in cell]
    ran = sum(cell["outcome"] == "ok" for cell in heads)
    variants = len({cell["variant"] for cell in heads})
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    over = told["cost"].get("over")
    row = (
        *(what, f"{ran:,} of {len(heads):,}", f"{wall:.1f}", f"{cpu:.1f}"),
        *(f"{told['cost']['cpu']['own']:.1f}", f"{cpu / variants:.3f}"),
        "" if over is None else f"{100 * over:.1f} %",
    )
    return f"| {' | '.join(row)} |"


def main() -> None:
    """Sweep a copy of a project three times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("matrix")
    parser.add_argument("--edit", nargs=3, metavar=("FILE", "OLD", "NEW"))
    parser.add_argument("-j", dest="jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--shard", metavar="N/M", help="Sweep a part of the variants")
    given = parser.parse_args()
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    words = [given.matrix, f"-j{given.jobs}"]
    words += ["--shard", given.shard] if given.shard else []
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "project")
        shutil.copytree(given.project, project, ignore=shutil.ignore_patterns(*LEFT_OUT))
        print(swept("first", project, words), flush=True)
        print(swept("nothing changed", project, words), flush=True)
        if given.edit:
            name, old, new = given.edit
            text = (project / name).read_text(encoding="utf-8")
            if text.count(old) != 1:
                raise SystemExit(f"{name} has {old!r} {text.count(old)} times")
            (project / name).write_text(text.replace(old, new), encoding="utf-8")
            print(swept(f"`{name}` edited", project, words), flush=True)


if __name__ == "__main__":
    main()
