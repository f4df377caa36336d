# SPDX-License-Identifier: MIT
"""The results database: what goes in comes out, and nothing is lost on a bad day."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from kvariant.errors import Diagnostic, InputError
from kvariant.sweep import Cell, Failure, Outcome, Store
from kvariant.sweep.store import SWEEPS, Kept

ABOUT = {"variants": ["b", "a"], "steps": ["build", "test"]}
CELLS = (
    Cell(variant="b", step="build", outcome=Outcome.OK, reason="fine", duration=1.5, key="k"),
    Cell(
        variant="b",
        step="test",
        outcome=Outcome.FAILED,
        log="a\nb\N{SNOWMAN}",
        known="bug 7",
        failures=(Failure(message="m", again="x -k b", test="t"),),
    ),
    Cell(variant="b", step="test", test="t", outcome=Outcome.FAILED, reason="m"),
    Cell(variant="a", step="build", outcome=Outcome.MERGED, ended=Outcome.OK, reason="as b"),
    Cell(variant="a", step="test", outcome=Outcome.SKIPPED, reason="A is n"),
)


def test_round_trip(tmp_path: Path) -> None:
    """Cells come back as they were, variants and steps in the sweep's order."""
    with Store.opened(tmp_path / "state/r.sqlite") as store:
        assert store.begin(ABOUT) == 1
        store.record(reversed(CELLS))
        store.end()
    with Store.opened(tmp_path / "state/r.sqlite") as store:
        past = store.past(1)
    assert past.cells == CELLS
    assert (past.about, past.ended) == (ABOUT, True)
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["r.sqlite"]


def test_committed_when_it_ends(tmp_path: Path) -> None:
    """Another connection sees each cell as soon as it is recorded; the sweep has not ended."""
    with Store.opened(tmp_path / "r.sqlite") as store:
        store.begin(ABOUT)
        for number, cell in enumerate(CELLS, 1):
            store.record([cell])
            with Store.opened(tmp_path / "r.sqlite") as other:
                assert len(other.past(1).cells) == number
                assert not other.past(1).ended


def test_old_sweeps_are_forgotten(tmp_path: Path) -> None:
    """The last sweeps are there, with what they used; older ones are not."""
    with Store.opened(tmp_path / "r.sqlite") as store:
        for number in range(1, SWEEPS + 6):
            store.begin(ABOUT)
            store.record(CELLS, {("s", f"once{number}"): Kept(reason=str(number))})
            if number == 1:
                store.record((), {("s", "always"): Kept(facts={"x": [1]}, log="l" * 999)})
            found = store.kept([("s", "always"), ("s", "never")])
            assert found == {("s", "always"): Kept(facts={"x": [1]}, log="l" * 999)}
        assert store.sweeps() == tuple(range(6, SWEEPS + 6))
        kept = store.kept(("s", f"once{number}") for number in range(1, SWEEPS + 6))
    assert [key for _, key in kept] == [f"once{number}" for number in range(6, SWEEPS + 6)]


def test_last_verdicts(tmp_path: Path) -> None:
    """Each variant's last run counts, whatever the sweep; skipped cells do not."""
    ok, bad = (
        Cell(variant="a", step="test", outcome=outcome) for outcome in (Outcome.OK, Outcome.ERROR)
    )
    other = Cell(variant="b", step="test", outcome=Outcome.FAILED)
    skipped = Cell(variant="b", step="test", outcome=Outcome.SKIPPED)
    with Store.opened(tmp_path / "r.sqlite") as store:
        seen = []
        for cells in ([ok, other], [bad, skipped], [ok]):
            store.begin(ABOUT)
            store.record(cells)
            seen.append(store.last_verdicts())
    assert seen == [{"a": False, "b": True}, {"a": True, "b": True}, {"a": False, "b": True}]


@pytest.mark.parametrize("damage", [b"garbage" * 500, b"SQLite format 3\0" + b"\xff" * 4000])
def test_damaged_is_kept_aside(tmp_path: Path, damage: bytes) -> None:
    """A damaged file is told, kept under another name, and a new one begins."""
    told: list[Diagnostic] = []
    for number in (1, 2):
        (tmp_path / "r.sqlite").write_bytes(damage)
        with Store.opened(tmp_path / "r.sqlite", told.append) as store:
            assert store.begin(ABOUT) == 1
        assert (tmp_path / f"r.damaged-{number}.sqlite").read_bytes() == damage
        assert f"r.damaged-{number}.sqlite" in told[-1].message
    assert len(told) == 2


def test_damage_in_the_middle(tmp_path: Path) -> None:
    """Pages that are overwritten are found before anything is read from them."""
    with Store.opened(tmp_path / "r.sqlite") as store:
        store.begin(ABOUT)
        cells = [
            Cell(variant=f"v{n}", step="s", outcome=Outcome.OK, key="k" * 64) for n in range(900)
        ]
        store.record(cells)
    data = bytearray((tmp_path / "r.sqlite").read_bytes())
    data[len(data) // 2 : len(data) // 2 + 8192] = b"\xa5" * 8192
    (tmp_path / "r.sqlite").write_bytes(data)
    told: list[Diagnostic] = []
    with Store.opened(tmp_path / "r.sqlite", told.append) as store:
        assert store.sweeps() == ()
    assert [diagnostic.code for diagnostic in told] == ["damaged-store"]


def test_newer_is_left_alone(tmp_path: Path) -> None:
    """A newer format is refused in words, and not a byte is changed."""
    connection = sqlite3.connect(tmp_path / "r.sqlite")
    with connection:
        connection.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT)")
        connection.execute("INSERT INTO meta VALUES ('format', '2')")
    connection.close()
    before = (tmp_path / "r.sqlite").read_bytes()
    with pytest.raises(InputError, match="format 2 is newer"), Store.opened(tmp_path / "r.sqlite"):
        pass
    assert before == (tmp_path / "r.sqlite").read_bytes()
