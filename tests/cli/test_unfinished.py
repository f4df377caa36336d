# SPDX-License-Identifier: MIT
"""A choice that is cut by a signal, as a user meets it: what is said, and that it goes on.

The tree is small enough to know all its configurations: they are made here, by a loop.
"""

from __future__ import annotations

import itertools
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

DRIVER = """
import os, signal, sys
from kvariant.cli import main
from kvariant.matrix import unfinished
from kvariant.space.solver import Solver

unfinished.EVERY = unfinished.CUT = 0.0
number, at = int(sys.argv[1]), int(sys.argv[2])
asked, whole = 0, Solver.solve

def solve(self, assumptions=()):
    global asked
    asked += 1
    if asked == at:
        os.kill(os.getpid(), number)
    return whole(self, assumptions)

Solver.solve = solve
main(sys.argv[3:])
"""
MIDWAY = 16
"""A question to the solver at which pairs are left; there are 33 until it is over."""
COUNT = 14
NAMES = [f"A{i}" for i in range(COUNT)]
TOTAL = 4 * COUNT * (COUNT - 1) // 2
SAID = re.compile(
    r"([\d,]+) rows? so far, ([\d,]+) pairs covered, ([\d,]+) proven infeasible, ([\d,]+)"
)


def _needs(index: int) -> str:
    return ["", f"A{index - 1}", f"!A{index - 1}", f"A{index - 2} || A{index - 3}"][index % 4]


def _project(folder: Path) -> Path:
    text = "".join(
        f'config {name}\n\tbool "a"\n' + (f"\tdepends on {needs}\n" if (needs := _needs(i)) else "")
        for i, name in enumerate(NAMES)
    )
    (folder / "Kconfig").write_text(text, encoding="utf-8")
    (folder / "kvariant.toml").write_text("", encoding="utf-8")
    (folder / "configs").mkdir()
    (folder / "configs" / "one.config").write_text("CONFIG_A0=y\n", encoding="utf-8")
    return folder


def _pairs(rows: Iterable[Sequence[bool]]) -> set[tuple[int, bool, int, bool]]:
    return {
        (i, row[i], j, row[j]) for row in rows for i, j in itertools.combinations(range(COUNT), 2)
    }


def _feasible() -> set[tuple[int, bool, int, bool]]:
    """Return the pairs that some configuration has."""
    rows = set()
    for wanted in itertools.product([False, True], repeat=COUNT):
        row: list[bool] = []
        for i, want in enumerate(wanted):
            before = [False, *row[-3:]]
            kind = i % 4
            may = [True, before[-1], not before[-1], any(before[-3:-1])][kind]
            row.append(want and may)
        rows.add(tuple(row))
    return _pairs(rows)


def _run(folder: Path, number: int, at: int, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", DRIVER, str(int(number)), str(at), "matrix", "pairwise"]
    return subprocess.run(
        [*command, *words], cwd=folder, capture_output=True, text=True, check=False
    )


def _said(text: str) -> list[int]:
    found = SAID.search(text)
    assert found, text
    return [int(number.replace(",", "")) for number in found.groups()]


def _kept(folder: Path) -> list[Path]:
    return [*(folder / ".kvariant" / "unfinished").rglob("*.search")]


def test_a_choice_goes_on_after_any_signal(tmp_path: Path) -> None:
    """Cut five times, it says what it has, goes on from there, and is complete at its end."""
    folder, feasible = _project(tmp_path), _feasible()
    before: list[int] = []
    cuts = [
        (signal.SIGINT, 6), (signal.SIGKILL, 8), (signal.SIGTERM, 10), (signal.SIGKILL, 8),
        (signal.SIGINT, 6),
    ]  # fmt: skip
    for number, at in cuts:
        done = _run(folder, number, at)
        lines = done.stderr.splitlines()
        assert len(_kept(folder)) == 1
        if number == signal.SIGKILL:
            assert done.returncode == -signal.SIGKILL
            now = _said(lines[0])
        else:
            assert done.returncode == 130
            assert lines[-1].startswith("interrupted: ")
            assert lines[-1].endswith("; the same command goes on from here")
            now = _said(lines[-1])
        rows, covered, infeasible, left = now
        assert covered + infeasible + left == TOTAL
        assert covered <= len(feasible)
        assert infeasible <= TOTAL - len(feasible)
        if before:
            assert lines[0].startswith("going on from ")
            start = _said(lines[0])
            assert start[0] >= before[0]
            assert start[1] >= before[1]
            assert start[2] >= before[2]
            assert rows >= start[0]
        before = now
    done = _run(folder, signal.SIGKILL, 0, "--json")
    assert done.returncode == 0, done.stderr
    assert "going on from " in done.stderr
    found = json.loads(done.stdout)
    counts = found["tuples"]
    assert (counts["feasible"], counts["covered"]) == (len(feasible), len(feasible))
    assert counts["infeasible"] == TOTAL - len(feasible)
    assert "unproven" not in counts
    assert not _kept(folder)
    again = _run(folder, signal.SIGKILL, 1, "--json")  # remembered: no solver is asked
    assert again.stdout == done.stdout
    configs = _run(folder, signal.SIGKILL, 0, "--verify")
    assert configs.returncode == 0, configs.stderr


@pytest.mark.parametrize("content", [b"", b"{}\n", b'{"format": 2}\n', b"\xff\n\xff", None])
def test_a_damaged_file_is_made_anew(content: bytes | None, tmp_path: Path) -> None:
    """What is not as it was written is not used, and nothing is said of it."""
    folder = _project(tmp_path)
    assert _run(folder, signal.SIGINT, MIDWAY).returncode == 130
    [path] = _kept(folder)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]) if content is None else content)
    done = _run(folder, signal.SIGKILL, 0)
    assert done.returncode == 0, done.stderr
    assert "going on" not in done.stderr


def test_another_tree_does_not_use_it(tmp_path: Path) -> None:
    """After an edit the choice is begun anew; after the edit is undone, it goes on."""
    folder = _project(tmp_path)
    assert _run(folder, signal.SIGINT, MIDWAY).returncode == 130
    tree = folder / "Kconfig"
    text = tree.read_text(encoding="utf-8")
    tree.write_text(text.replace("depends on A0\n", "depends on !A0\n"), encoding="utf-8")
    assert "going on" not in _run(folder, signal.SIGINT, MIDWAY).stderr
    assert len(_kept(folder)) == 2
    tree.write_text(text, encoding="utf-8")
    assert "going on from " in _run(folder, signal.SIGKILL, 0).stderr
    assert len(_kept(folder)) == 1


def test_clean_removes_it(tmp_path: Path) -> None:
    """`kvariant clean` names and removes a choice that is not over; --dry-run leaves it."""
    folder = _project(tmp_path)
    assert _run(folder, signal.SIGINT, MIDWAY).returncode == 130
    [path] = _kept(folder)
    for words, is_left in ((["--dry-run"], True), (["--json"], False)):
        command = [sys.executable, "-m", "kvariant", "clean", *words]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        assert path.name in done.stdout
        assert path.exists() == is_left
