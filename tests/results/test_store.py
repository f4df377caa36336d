# SPDX-License-Identifier: MIT
"""The results database: what goes in comes out, and nothing is lost on a bad day."""

from __future__ import annotations

import sqlite3
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from kvariant.errors import Diagnostic, InputError
from kvariant.plan.variant_table import VariantTable
from kvariant.results import Cell, Failure, Outcome, Store
from kvariant.results.store import SWEEPS, Kept

ABOUT = {"variants": ["b", "a"], "steps": ["build", "test"]}
CELLS = (
    Cell(variant="b", step="build", outcome=Outcome.OK, reason="fine", duration=1.5, key="k"),
    Cell(
        variant="b",
        step="test",
        outcome=Outcome.FAILED,
        log="a\nb\N{SNOWMAN}",
        known="bug 7",
        failures=(Failure(message="m", again="x -k b", test="t", reads=("A",), needs="B"),),
        skipped={"u": "A is n", "w": "A is n"},
    ),
    Cell(variant="b", step="test", test="t", outcome=Outcome.FAILED, reason="m"),
    Cell(variant="b", step="test", test="u", outcome=Outcome.SKIPPED, reason="A is n"),
    Cell(variant="b", step="test", test="v", outcome=Outcome.REUSED, ended=Outcome.OK),
    Cell(variant="b", step="test", test="w", outcome=Outcome.OK, duration=0.25),
    Cell(variant="b", step="test", test="x", outcome=Outcome.OK, key="another"),
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
            kept = Kept(reason=str(number), skipped={"u": "A is n", str(number): ""})
            store.record(CELLS, {("s", f"once{number}"): kept})
            if number == 1:
                store.record((), {("s", "always"): Kept(facts={"x": [1]}, log="l" * 999)})
            found = store.kept([("s", "always"), ("s", "never")])
            assert found == {("s", "always"): Kept(facts={"x": [1]}, log="l" * 999)}
        assert store.sweeps() == tuple(range(6, SWEEPS + 6))
        kept = store.kept(("s", f"once{number}") for number in range(1, SWEEPS + 6))
    assert {found.skipped["u"] for found in kept.values()} == {"A is n"}
    assert [key for _, key in kept] == [f"once{number}" for number in range(6, SWEEPS + 6)]


def test_skipped_tests_are_small(tmp_path: Path) -> None:
    """What a thousand variants skip costs little: many skip the same tests."""
    names = [f"tests/test_page.py::test_of_{n}" for n in range(150)]
    cells = [
        Cell(
            variant=f"v{n}",
            step="test",
            outcome=Outcome.OK,
            key=f"{n:064}",
            skipped={t: f"OPTION_{i % 7} is n" for i, t in enumerate(names) if i % 7 == n % 50 % 7},
        )
        for n in range(1000)
    ]
    sizes = []
    for number, part in enumerate((cells, [replace(c, skipped={}) for c in cells])):
        with Store.opened(tmp_path / f"{number}.sqlite") as store:
            store.begin(ABOUT)
            for cell in part:
                store.record([cell], {("test", cell.key): Kept(skipped=cell.skipped)})
            assert {c.variant: c for c in store.past(1).cells} == {c.variant: c for c in part}
        sizes.append((tmp_path / f"{number}.sqlite").stat().st_size)
    assert sizes[0] - sizes[1] < 100_000


def test_passing_tests_are_small(tmp_path: Path) -> None:
    """The tests of a foreign runner that pass or are skipped cost some ten bytes each."""
    with Store.opened(tmp_path / "r.sqlite") as store:
        store.begin(ABOUT)
        for variant in range(100):
            head = Cell(variant=f"v{variant}", step="test", outcome=Outcome.OK, key="k" * 64)
            tests = [
                replace(head, test=f"tests.test_page.test_of_{n}", duration=n / 100)
                if n % 7
                else replace(head, test=f"tests.test_{n}", outcome=Outcome.SKIPPED, reason="no X")
                for n in range(150)
            ]
            facts = {"tests": {c.test: [c.outcome.value, c.reason] for c in tests}}
            store.record([head, *tests], {("test", f"{variant}"): Kept(facts=facts)})
        assert len(store.past(1).cells) == 100 * 151
        assert store.kept([("test", "7")])["test", "7"].facts == facts
    assert (tmp_path / "r.sqlite").stat().st_size < 300_000


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


def test_damaged_schema(tmp_path: Path) -> None:
    """SQLite names the table whose statement it cannot read: the name may be no text."""
    path = tmp_path / "r.sqlite"
    with Store.opened(path) as store:
        store.begin(ABOUT)
    data = path.read_bytes()
    assert b"tablecellcell" in data
    damaged = data.replace(b"tablecellcell", b"table\xab\x96llcell")
    path.write_bytes(damaged.replace(b"CREATE TABLE cell", b"CREATE TABLE (((("))
    with pytest.raises(InputError, match="damaged results database"), Store.read(path):
        pass
    told: list[Diagnostic] = []
    with Store.opened(path, told.append) as store:
        assert store.sweeps() == ()
    assert [diagnostic.code for diagnostic in told] == ["damaged-store"]


@pytest.mark.parametrize(
    ("damage", "is_told"),
    [
        ("update kept set facts = x'00'", False),
        (f"update kept set facts = x'{zlib.compress(b'[]').hex()}'", False),
        ("update kept set log = x'0011'", False),
        ("update cell set outcome = 'nonsense'", True),
        ("update cell set failures = 'x'", True),
        ("update cell set failures = '[[1]]'", True),
        ("update cell set log = x'0011'", True),
        ("update sweep set about = '[1]'", True),
        ("update seen set columns = x'00'", True),
    ],
)
def test_damaged_values(tmp_path: Path, damage: str, is_told: bool) -> None:
    """Values that nobody wrote are told where they are read, and never used again."""
    path = tmp_path / "r.sqlite"
    cell = Cell(variant="v", step="s", outcome=Outcome.OK, key="k", log="said")
    with Store.opened(path) as store:
        store.begin(ABOUT)
        store.see(VariantTable((), {}))
        store.record([cell], {("s", "k"): Kept(log="said")})
    connection = sqlite3.connect(path)
    with connection:
        assert connection.execute(damage).rowcount == 1
    connection.close()
    with Store.opened(path) as store:
        assert store.last_verdicts() == {"v": "outcome" in damage}
        assert bool(store.kept([("s", "k")])) == is_told
    if is_told:
        with pytest.raises(InputError, match="damaged results database"), Store.read(path) as store:
            store.past(1)
    else:
        with Store.read(path) as store:
            assert store.past(1).cells == (cell,)


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


def test_a_copy_of_the_file_alone_knows_what_began(tmp_path: Path) -> None:
    """CI that keeps the file of a killed sweep does not take the sweep before for it."""
    with Store.opened(tmp_path / "r.sqlite") as store:
        store.begin(ABOUT)
        store.end()
    with Store.opened(tmp_path / "r.sqlite") as store:
        store.begin(ABOUT)
        store.see(VariantTable(("b", "a"), {}))
        store.record(CELLS)
        (tmp_path / "copy.sqlite").write_bytes((tmp_path / "r.sqlite").read_bytes())
        with Store.read(tmp_path / "copy.sqlite") as copy:
            assert copy.sweeps() == (1, 2)
            assert not copy.past(2).ended
