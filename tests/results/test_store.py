# SPDX-License-Identifier: MIT
"""The results database: what goes in comes out, and nothing is lost on a bad day."""

from __future__ import annotations

import contextlib
import os
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


def test_committed_together(tmp_path: Path) -> None:
    """What is recorded together another connection sees at the end, also where that is an error."""
    with Store.opened(tmp_path / "r.sqlite") as store, Store.opened(tmp_path / "r.sqlite") as other:
        store.begin(ABOUT)
        with contextlib.suppress(KeyError), store.together():
            for cell in CELLS[:3]:
                store.record([cell])
                assert not other.past(1).cells
            raise KeyError
        assert len(other.past(1).cells) == 3
        with store.together():
            store.record(CELLS[3:])
        store.record([CELLS[0]])  # each for itself again
        assert other.past(1).cells == CELLS


def test_a_record_among_others_is_whole_or_not_there(tmp_path: Path) -> None:
    """One that ends in an error on its way leaves those before and behind it, and none of its."""
    unwritable = Kept(facts={"x": {1}})  # a set is no JSON
    with Store.opened(tmp_path / "r.sqlite") as store:
        store.begin(ABOUT)
        with store.together():
            store.record(CELLS[:1])
            with pytest.raises(TypeError):
                store.record(CELLS[1:2], {("s", "key"): unwritable})
            store.record(CELLS[2:3])
        assert store.past(1).cells == (CELLS[0], CELLS[2])


def test_results_of_one_key_stay_beside_each_other(tmp_path: Path) -> None:
    """Of edits that come and go what each left is kept, the latest first; the same one once."""
    with Store.opened(tmp_path / "r.sqlite") as store:
        store.begin(ABOUT)
        for number in (0, 1, 2, 3, 4, 5, 2):
            left = Kept(reason=f"{number}", facts={"inputs": {"Kconfig": f"{number}"}})
            store.record([], {("test", "k"): left})
        kept = store.kept([("test", "k")])["test", "k"]
    assert [one.reason for one in (kept, *kept.others)] == ["2", "5", "4", "3", "1", "0"]


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


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """Return a sound database, as somebody hands it over."""
    path = tmp_path / "given.sqlite"
    with Store.opened(path) as store:
        store.begin(ABOUT)
        store.see(VariantTable(("b", "a"), {}))
        store.record(CELLS)
        store.end()
    return path


EVIL = [
    "CREATE TRIGGER t AFTER UPDATE ON cell BEGIN DELETE FROM cell; END",
    "CREATE VIEW v AS SELECT * FROM cell",
    "ALTER TABLE cell RENAME TO kept2; CREATE VIEW cell AS SELECT *, randomblob(9) x FROM kept2",
    "DROP TABLE seen; CREATE VIEW seen AS SELECT 1 sweep, zeroblob(900000000) columns",
    "CREATE TABLE other (x)",
    "CREATE INDEX i ON cell (upper(reason))",
    "CREATE INDEX cell_ ON cell (reason)",
    "DROP TABLE skips; CREATE TABLE skips (digest, sweep, tests AS (zeroblob(9)))",
    "DROP TABLE skips; CREATE TABLE skips (digest, sweep, tests CHECK (abs(tests)))",
    "CREATE VIRTUAL TABLE f USING fts5(x)",
]


@pytest.mark.parametrize("statements", EVIL)
def test_a_given_schema_runs_nothing(given: Path, statements: str) -> None:
    """A database that does more than hold rows is refused before a row of it is asked for."""
    connection = sqlite3.connect(given)
    connection.executescript(statements)
    connection.close()
    before = given.read_bytes()
    with pytest.raises(InputError, match="not a results database of ours"), Store.read(given):
        pass
    assert given.read_bytes() == before


def test_nothing_is_written_into_a_given_database(given: Path) -> None:
    """It is open to be read alone."""
    before = given.read_bytes()
    with Store.read(given) as store:
        assert store.past(1).cells == CELLS
        with pytest.raises(sqlite3.OperationalError):
            store._connection.execute("DELETE FROM cell")
        assert store._connection.execute("PRAGMA trusted_schema").fetchone() == (0,)
    assert given.read_bytes() == before
    assert [path.name for path in given.parent.iterdir()] == [given.name]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("cell", "log", zlib.compress(bytes(300 << 20), 9)),
        ("cell", "tests", zlib.compress(b"[" * 200_000)),
        ("cell", "tests", zlib.compress(b'[[1, "ok", "", "", 0.1]]')),
        ("cell", "tests", zlib.compress(b'[["t", "ok", "", "", "long"]]')),
        ("cell", "tests", zlib.compress(b'[["t", "ok", "", "", Infinity]]')),
        ("cell", "failures", '[[{}, "", "", [], ""]]'),
        ("cell", "failures", '[["", "", "", [1], ""]]'),
        ("cell", "duration", -1.0),
        ("cell", "duration", float("inf")),
        ("cell", "log", zlib.compress(b"cut short")[:-4]),
        (
            "seen",
            "columns",
            zlib.compress(b'{"variants": ["a"], "symbols": {"A": ["bool", [], [], 0, 0]}}'),
        ),
        (
            "seen",
            "columns",
            zlib.compress(b'{"variants": ["a"], "symbols": {"A": ["bool", ["y"], [7], 0, 0]}}'),
        ),
        ("seen", "columns", zlib.compress(b'{"variants": [["a"]], "symbols": {}}')),
        ("sweep", "about", '{"variants": [1]}'),
        ("sweep", "about", '{"variants": ["a"], "places": [1, 2]}'),
        ("sweep", "about", '{"variants": ["a"], "places": ["x"]}'),
        ("sweep", "about", '{"matrix": ["a"]}'),
        ("sweep", "about", "[" * 100_000),
        ("skips", "tests", zlib.compress(b'{"u": 1}')),
    ],
)  # fmt: skip
def test_given_values(given: Path, table: str, column: str, value: object) -> None:
    """Values that are too large, or of another kind than ours, are an error within a second."""
    connection = sqlite3.connect(given)
    with connection:
        assert connection.execute(f"UPDATE {table} SET {column} = ?", (value,)).rowcount
    connection.close()
    with pytest.raises(InputError, match="damaged results database"), Store.read(given) as store:
        store.past(1)


def test_all_texts_together(given: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many small bombs are one large one."""
    monkeypatch.setattr("kvariant.results.given_database.MOST", 40_000)
    connection = sqlite3.connect(given)
    with connection:
        connection.execute("UPDATE cell SET log = ?", (zlib.compress(b"x" * 10_000),))
    connection.close()
    with pytest.raises(InputError, match="damaged results database"), Store.read(given) as store:
        store.past(1)


def test_too_many_rows(given: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep of more cells than any has is refused."""
    monkeypatch.setattr("kvariant.results.given_database.ROWS", 5)
    with pytest.raises(InputError, match="more than 5 cells"), Store.read(given) as store:
        store.past(1)


def test_no_regular_file(tmp_path: Path) -> None:
    """A pipe keeps nobody waiting, and a file that would fill the memory is not read."""
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(2 << 30)
    for name in ("pipe", "large"):
        with (
            pytest.raises(InputError, match="not a results database of ours"),
            Store.read(tmp_path / name),
        ):
            pass


@pytest.mark.parametrize(
    "change",
    [
        f"UPDATE meta SET value = '{'9' * 5000}' WHERE name = 'format'",
        "UPDATE meta SET value = '-1' WHERE name = 'format'",
        "PRAGMA writable_schema = 1;"
        "UPDATE sqlite_master SET sql = CAST(CAST(sql AS BLOB) || x'0aff' AS TEXT)",
    ],
)
def test_damage_is_one_line(tmp_path: Path, change: str) -> None:
    """Whatever SQLite quotes of what it found, the error is a line with its code."""
    path = tmp_path / "r.sqlite"
    with Store.opened(path) as store:
        store.begin(ABOUT)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        for statement in change.split(";"):
            connection.execute(statement)
    with pytest.raises(InputError) as caught, Store.read(path):
        pass
    (line, *_) = str(caught.value.diagnostics[0]).splitlines()
    assert line.endswith("[damaged-store]")
