# SPDX-License-Identifier: MIT
"""What sweeps found: `<state>/results.sqlite`, written by the controller alone.

    sweep   one row per sweep: what it was about, and whether it came to its end
    cell    how each cell of the last sweeps ended; tests of a step that went well are
            in its row, together, as a thousand variants have a hundred thousand
    seen    one row per sweep: the values of its variants, by column
    kept    by step and key: what ended well, so that it is not worked for again
    host    which machine a cell of a cluster was run on
    figures what was counted of a cell: sections, warnings
    skips   by digest: tests that did not run, and why; many variants skip the same ones

A cell is committed when it ends: a sweep that is killed has lost what was running
and nothing else. The file is small: the last `SWEEPS` sweeps and what they used.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kvariant.digest import text_digest
from kvariant.errors import Diagnostic, Location, MissingError, os_error
from kvariant.plan.variant_table import VariantTable
from kvariant.results.cell import Cell, Outcome
from kvariant.results.database_file import damaged, open_database, require_any, require_ours
from kvariant.results.figures import NONE, SILENT, Figures
from kvariant.results.given_database import GivenDatabaseError, Unpacker, is_written, read_only
from kvariant.results.history import History, history_of
from kvariant.results.rows import (
    NOT_OURS,
    about_of,
    cell_of,
    columns_of,
    packed,
    quiet_tests,
    row_of,
    texts_by_name,
    told,
    unpacked,
    with_quiet_tests,
)

SWEEPS = 20
"""Sweeps that are remembered."""
REVISIONS = 3
"""Revisions whose last results are remembered for longer, as others go on from them."""
_OTHERS = 7
"""How many results of the same key are kept beside the last one: edits that come and go between
two sweeps of a revision, and still nothing of it runs again."""

_BEFORE = "/before"
"""What a result's facts have of others of its key; no fact is named so."""
FIGURES = "figures"
"""The name under which a result's facts have what was counted of it."""
COUNTED = "counted"
"""The name under which a sweep has the steps whose warnings a baseline knows."""
PART = "part"
"""The name under which a sweep has that it was of some variants of its matrix alone."""
SHARD = "shard"
"""The name under which a sweep of a shard has its number: `3/12`."""
CHECKOUT = "checkout"
"""The name under which a sweep has what was checked out."""
_SWEEP_COLUMNS = (
    ("sweep", "number"),
    ("cell", "sweep"),
    ("seen", "sweep"),
    ("kept", "sweep"),
    ("skips", "sweep"),
    ("host", "sweep"),
    ("figures", "sweep"),
)
"""Tables, and the column of each that says which sweep used a row last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a cell that ended well leaves to those of the same content."""

    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the step says of itself: files read, digests, tests; JSON-ready."""
    skipped: Mapping[str, str] = field(default_factory=dict)
    """See `Cell.skipped`."""
    log: str = ""
    others: tuple[Kept, ...] = ()
    """What it left before, where files that no key has were others: an edit may be taken back."""

    @property
    def figures(self) -> Figures:
        """What was counted; nothing where it is from before anything was."""
        try:
            found = self.facts[FIGURES]
            return SILENT if found is True else Figures.from_json(found)
        except NOT_OURS:
            return NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A sweep of the store."""

    number: int
    about: Mapping[str, Any]
    """Matrix, steps, variants; JSON-ready."""
    ended: bool
    """False: it was killed or interrupted."""
    columns: VariantTable
    """The values of its variants."""
    cells: tuple[Cell, ...]


def _is_worth_a_row(cell: Cell, figures: Figures) -> bool:
    """Return whether a cell has anything to tell; most have no warnings and nothing measured."""
    if figures.sizes or figures.warnings:
        return True
    return cell.is_good and figures not in (NONE, SILENT)


class Store:
    """The results database of a project."""

    def __init__(self, connection: sqlite3.Connection, remembered: int = SWEEPS) -> None:
        self._connection = connection
        self._remembered = remembered
        self._lock = threading.Lock()
        self._number = 0
        self._is_together = False
        self._used: set[tuple[str, str]] = set()
        self._hosts: dict[tuple[str, str], str] = {}
        """By step and key, what was found and is not marked with this sweep yet."""
        self._skips: set[str] = set()
        """Digests that this sweep has written."""
        self._unpacker = Unpacker()
        self._read: dict[str, Mapping[str, str]] = {}
        """Tests by digest, as far as they were asked for."""

    @classmethod
    @contextmanager
    def opened(
        cls,
        path: Path,
        warn: Callable[[Diagnostic], None] = lambda _: None,
        *,
        remembered: int = SWEEPS,
    ) -> Iterator[Store]:
        """Open the database, made if it is not there.

        A damaged one is moved aside, and `warn` is told where.

        Args:
            remembered: sweeps that it has at most; older ones go when another begins.

        Raises:
            InputError: it is of a newer format [newer-format] or another program's.
            MissingError: its folder cannot be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise os_error(error, "cannot make the state folder") from None
        connection = None
        try:
            connection = open_database(path, warn)
            yield cls(connection, remembered)
        except sqlite3.OperationalError as error:
            raise MissingError(
                Diagnostic(
                    message=f"cannot use the results database: {error}",
                    code="disk",
                    location=Location(str(path)),
                )
            ) from None
        except sqlite3.DatabaseError as error:  # it was sound when we opened it
            raise damaged(path, f"damaged results database: {error}") from None
        finally:
            if connection is not None:
                connection.close()

    @classmethod
    @contextmanager
    def read(cls, path: Path) -> Iterator[Store]:
        """Open a database that another sweep has left, to read it alone.

        Raises:
            InputError: it is damaged, of a newer format [newer-format] or not ours.
        """
        connection = None
        try:
            connection = read_only(path)
            require_ours(connection, path)
            require_any(connection, path)
            yield cls(connection)
        except OSError as error:
            raise os_error(error, "cannot read the results database") from None
        except GivenDatabaseError as error:
            hint = "name the results.sqlite of a sweep; this file is not as a sweep leaves it"
            raise damaged(path, f"not a results database of ours: {error}", hint) from None
        except sqlite3.DatabaseError as error:
            # Those of ours, for values that nobody wrote, have no code.
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
                hint = "name the results.sqlite of a sweep; if it is one, it is lost: remove it"
                raise damaged(path, "not a results database", hint) from None
            hint = "a sweep is writing into it: ask again" if is_written(path) else ""
            raise damaged(path, f"damaged results database: {error}", hint) from None
        finally:
            if connection is not None:
                connection.close()

    def begin(self, about: Mapping[str, Any]) -> int:
        """Begin a sweep; return its number. What only old sweeps used is forgotten."""
        with self._lock, self._connection:
            row = self._connection.execute("SELECT max(number) FROM sweep").fetchone()
            self._number = (row[0] or 0) + 1
            oldest = self._number - self._remembered
            lasting = self._lasting(oldest)
            left = f"{','.join('?' * len(lasting))}"
            for table, column in _SWEEP_COLUMNS:
                self._connection.execute(
                    f"DELETE FROM {table} WHERE {column} <= ? AND {column} NOT IN ({left})",
                    (oldest, *lasting),
                )
            self._connection.execute(
                "INSERT INTO sweep (number, about) VALUES (?, ?)",
                (self._number, json.dumps(about, sort_keys=True)),
            )
        return self._number

    def _lasting(self, oldest: int) -> list[int]:
        """Return old sweeps that are not forgotten: the last ones of a few revisions."""
        rows = self._connection.execute("SELECT number, about FROM sweep ORDER BY number DESC")
        seen: dict[tuple[str, str], int] = {}
        for number, text in rows:
            try:
                about = json.loads(text)
                checkout = about.get(CHECKOUT, {})
                if checkout.get("clean") is True and not about.get("extra"):
                    seen.setdefault((about.get("matrix", ""), checkout["revision"]), number)
            except NOT_OURS:
                continue  # a row as we do not write it tells of no revision
        return [number for number in list(seen.values())[:REVISIONS] if number <= oldest]

    def annotate(self, number: int, facts: Mapping[str, Any]) -> None:
        """Add to what is known of a sweep; JSON-ready, by name."""
        with self._lock, self._connection:
            (about,) = self._connection.execute(
                "SELECT about FROM sweep WHERE number = ?", (number,)
            ).fetchone()
            text = json.dumps({**json.loads(about), **facts}, sort_keys=True)
            self._connection.execute("UPDATE sweep SET about = ? WHERE number = ?", (text, number))

    def end(self) -> None:
        """The sweep came to its end."""
        with self._lock, self._connection:
            self._mark()
            self._connection.execute("UPDATE sweep SET ended = 1 WHERE number = ?", (self._number,))

    def _mark(self) -> None:
        """Let what this sweep has used stay."""
        self._connection.executemany(
            "UPDATE kept SET sweep = ? WHERE step = ? AND key = ?",
            [(self._number, *place) for place in self._used],
        )
        self._used.clear()

    def see(self, columns: VariantTable) -> None:
        """Keep the values of the variants of this sweep, in the file itself.

        Who copies the file alone after a sweep was killed, as CI does, has no log beside it:
        the copy shall know that this sweep began, or an older one passes for it.
        """
        data = packed(json.dumps(columns.to_json()))
        with self._lock, self._connection:
            self._connection.execute(
                "INSERT OR REPLACE INTO seen VALUES (?, ?)", (self._number, data)
            )
        with self._lock:  # outside of a transaction
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Commit what is recorded within it in one transaction, however that ends.

        Each record is in it whole or not at all.
        """
        with self._lock:
            self._connection.execute("BEGIN")
            self._is_together = True
        try:
            yield
        finally:
            with self._lock:
                self._is_together = False
                self._connection.commit()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            if not self._is_together:
                with self._connection:
                    yield
                return
            self._connection.execute("SAVEPOINT record")
            try:
                yield
            except BaseException:
                with suppress(sqlite3.Error):  # of a full disk SQLite has taken all back itself
                    self._connection.execute("ROLLBACK TO record")
                    self._connection.execute("RELEASE record")
                raise
            self._connection.execute("RELEASE record")

    def record(self, cells: Iterable[Cell], kept: Mapping[tuple[str, str], Kept] = {}) -> None:
        """Keep how cells ended, in one transaction; see `together`.

        Args:
            cells: of this sweep; a later record of the same cell replaces an earlier one.
            kept: (step, key) -> what those leave that ended well.
        """
        rows = with_quiet_tests(cells)
        hosts, self._hosts = self._hosts, {}
        with self._transaction():
            self._mark()
            self._connection.executemany(
                "INSERT OR REPLACE INTO host VALUES (?, ?, ?, ?)",
                [(self._number, *place, host) for place, host in hosts.items()],
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO cell VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (self._number, *row_of(cell, self._noted(cell.skipped), tests))
                    for cell, tests in rows
                ],
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO figures VALUES (?, ?, ?, ?)",
                [
                    (self._number, cell.variant, cell.step, packed(json.dumps(c.to_json())))
                    for cell, _ in rows
                    if _is_worth_a_row(cell, c := cell.figures)
                ],
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        *(step, key, self._number, k.reason, packed(json.dumps(facts))),
                        *(self._noted(k.skipped), packed(k.log)),
                    )
                    for (step, key), k in kept.items()
                    for facts in (self._with_others(step, key, k),)
                ],
            )

    def ran_on(self, variant: str, step: str, host: str) -> None:
        """Note another machine that a cell was run on; it is kept with the next record."""
        self._hosts[variant, step] = host

    def hosts(self) -> Mapping[tuple[str, str], str]:
        """Return the machines that cells of the last sweep were run on, but for its own."""
        rows = self._connection.execute(
            "SELECT variant, step, host FROM host WHERE sweep = (SELECT max(number) FROM sweep)"
        )
        return {(variant, step): host for variant, step, host in rows}

    def _with_others(self, step: str, key: str, kept: Kept) -> Mapping[str, Any]:
        """Return the facts of a result with those that the same key left before."""
        inputs = kept.facts.get("inputs")
        if inputs is None:
            return kept.facts
        last = self._found(step, key)
        before = (last, *last.others) if last else ()
        others = [one for one in before if one.facts.get("inputs") != inputs][:_OTHERS]
        if not others:
            return kept.facts
        texts = [[o.reason, {**o.facts}, {**o.skipped}, o.log] for o in others]
        return {**kept.facts, _BEFORE: texts}

    def _noted(self, skipped: Mapping[str, str]) -> str:
        """Return the digest of tests that did not run, which this sweep remembers."""
        if not skipped:
            return ""
        text = json.dumps(skipped, sort_keys=True)
        digest = text_digest(text)[:24]
        if digest not in self._skips:
            self._skips.add(digest)
            self._connection.execute(
                "INSERT OR REPLACE INTO skips VALUES (?, ?, ?)",
                (digest, self._number, packed(text)),
            )
        return digest

    def _skipped(self, digest: str) -> Mapping[str, str]:
        """Return the tests that a digest stands for."""
        if digest and digest not in self._read:
            row = self._connection.execute(
                "SELECT tests FROM skips WHERE digest = ?", (digest,)
            ).fetchone()
            text = self._unpacker.text(row[0]) if row else "{}"
            self._read[digest] = texts_by_name(json.loads(text))
        return self._read.get(digest, {})

    def _kept(self, row: Sequence[Any]) -> Kept | None:
        """Return what a row keeps; None: it is damaged, the work is done again."""
        reason, facts, skips, log = row
        try:
            found = json.loads(unpacked(facts))
            skipped = self._skipped(skips)
            others = tuple(
                Kept(reason=f"{why}", facts={**facts}, skipped=texts_by_name(tests), log=f"{told}")
                for why, facts, tests, told in found.pop(_BEFORE, ())
            )
            return Kept(
                reason=reason, facts={**found}, skipped={**skipped}, log=unpacked(log),
                others=others,
            )  # fmt: skip
        except NOT_OURS:
            return None

    def kept(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Kept]:
        """Return what is kept of (step, key) pairs; those found stay for the next sweeps.

        They are marked with what is recorded next: a sweep of thousands of cells asks
        for each, and a transaction costs ten times as much.
        """
        found = {}
        with self._lock:
            for step, key in wanted:
                if (kept := self._found(step, key)) is not None:
                    found[step, key] = kept
            self._used |= found.keys()
        return found

    def _found(self, step: str, key: str) -> Kept | None:
        row = self._connection.execute(
            "SELECT reason, facts, skips, log FROM kept WHERE step = ? AND key = ?", (step, key)
        ).fetchone()
        return self._kept(row) if row is not None else None

    def sweeps(self) -> tuple[int, ...]:
        """Return the numbers of the sweeps, oldest first."""
        rows = self._connection.execute("SELECT number FROM sweep ORDER BY number")
        return tuple(number for (number,) in rows)

    def last(self, matrix: str | None = None) -> Past | None:
        """Return the last sweep, of a matrix where one is named; what blame ran is none."""
        for number in reversed(self.sweeps()):
            past = self.past(number)
            if not past.about.get("extra") and matrix in (None, past.about.get("matrix")):
                return past
        return None

    def last_about(self, matrix: str) -> Mapping[str, Any]:
        """Return what the last sweep of a matrix was about, {} without one; what blame ran is none.

        Raises:
            sqlite3.DatabaseError: a row is not as we write them.
        """
        rows = self._connection.execute("SELECT about FROM sweep ORDER BY number DESC")
        try:
            every = [json.loads(about) for (about,) in rows]
            own = (about for about in every if not about.get("extra"))
            return next((about for about in own if about.get("matrix") == matrix), {})
        except NOT_OURS as error:
            raise sqlite3.DatabaseError(f"sweep: {told(error)}") from None

    def abouts(self) -> tuple[Mapping[str, Any], ...]:
        """Return what the sweeps were about, the last first.

        Raises:
            sqlite3.DatabaseError: a row is not as we write them.
        """
        rows = self._connection.execute("SELECT about FROM sweep ORDER BY number DESC")
        try:
            return tuple(about_of(json.loads(about)) for (about,) in rows)
        except NOT_OURS as error:
            raise sqlite3.DatabaseError(f"sweep: {told(error)}") from None

    def variants(self) -> frozenset[str]:
        """Return the names of all variants that any of the sweeps had."""
        rows = self._connection.execute("SELECT DISTINCT variant FROM cell")
        names = (name for about in self.abouts() for name in about.get("variants", ()))
        return frozenset((*names, *(name for (name,) in rows)))

    def past(self, number: int) -> Past:
        """Return a sweep with its cells: in the order of its variants and steps, then tests.

        Raises:
            sqlite3.DatabaseError: a row is not as we write them.
        """
        try:
            return self._past(number)
        except NOT_OURS as error:
            raise sqlite3.DatabaseError(f"sweep {number}: {told(error)}") from None

    def _past(self, number: int) -> Past:
        about, ended = self._connection.execute(
            "SELECT about, ended FROM sweep WHERE number = ?", (number,)
        ).fetchone()
        facts = about_of(json.loads(about))
        cells = []
        figures = self._figures(number)
        for *row, skips, tests in self._connection.execute(
            "SELECT variant, step, test, outcome, ended, reason, duration, key, known, "
            "failures, log, skips, tests FROM cell WHERE sweep = ?",
            (number,),
        ):
            self._unpacker.row()
            head = cell_of(row, self._skipped(skips), self._unpacker)
            if not head.test:
                # Most have no warnings, and no row for that.
                is_counted = head.step in facts.get(COUNTED, ()) and head.is_good
                usual = SILENT if is_counted else NONE
                head = replace(head, figures=figures.get((head.variant, head.step), usual))
            cells += [head, *quiet_tests(head, tests, self._unpacker)]
        seen = self._connection.execute(
            "SELECT columns FROM seen WHERE sweep = ?", (number,)
        ).fetchone()
        columns = columns_of(self._unpacker.text(seen[0])) if seen else VariantTable((), {})
        order = {name: i for i, name in enumerate(facts.get("variants", ()))}
        steps = {name: i for i, name in enumerate(facts.get("steps", ()))}
        cells.sort(key=lambda c: (order.get(c.variant, -1), steps.get(c.step, -1), c.test))
        return Past(
            number=number, about=facts, ended=bool(ended), columns=columns, cells=tuple(cells)
        )

    def _figures(self, number: int) -> Mapping[tuple[str, str], Figures]:
        """Return what was counted of a sweep's cells; an earlier version counted nothing."""
        try:
            rows = self._connection.execute(
                "SELECT variant, step, figures FROM figures WHERE sweep = ?", (number,)
            )
        except sqlite3.OperationalError:
            return {}
        unpack = self._unpacker.text
        return {(v, step): Figures.from_json(json.loads(unpack(data))) for v, step, data in rows}

    def figures_before(self, number: int) -> Mapping[tuple[str, str], tuple[int, Figures]]:
        """Return what was counted of each variant's step when it last was, before a sweep.

        With the number of the sweep in which that was.

        Raises:
            sqlite3.DatabaseError: a row is not as we write them.
        """
        found: dict[tuple[str, str], tuple[int, Figures]] = {}
        for earlier in self.sweeps():
            if earlier < number:
                try:
                    counted = self._figures(earlier)
                except NOT_OURS as error:
                    raise sqlite3.DatabaseError(f"sweep {earlier}: {told(error)}") from None
                found |= {place: (earlier, one) for place, one in counted.items()}
        return found

    def columns(self, number: int) -> VariantTable:
        """Return the values of a sweep's variants; none where they are not there, or damaged."""
        row = self._connection.execute(
            "SELECT columns FROM seen WHERE sweep = ?", (number,)
        ).fetchone()
        try:
            return columns_of(self._unpacker.text(row[0])) if row else VariantTable((), {})
        except NOT_OURS:
            return VariantTable((), {})

    def about(self, number: int) -> Mapping[str, Any]:
        """Return what a sweep was about; nothing where that is damaged."""
        row = self._connection.execute(
            "SELECT about FROM sweep WHERE number = ?", (number,)
        ).fetchone()
        try:
            return about_of(json.loads(row[0])) if row else {}
        except NOT_OURS:
            return {}

    def history(self) -> Mapping[tuple[str, str], History]:
        """Return how each variant's steps ended when they last ran, and how long that took."""
        return history_of(
            self._connection.execute(
                "SELECT variant, step, outcome, ended, known, duration FROM cell"
                " WHERE test = '' ORDER BY sweep"
            )
        )

    def last_verdicts(self) -> Mapping[str, bool]:
        """Return for each variant whether anything in it went wrong when it last ran."""
        rows = self._connection.execute(
            "SELECT variant, sweep, outcome, ended FROM cell ORDER BY sweep, variant"
        )
        verdicts: dict[str, tuple[int, bool]] = {}
        words = {outcome.value: outcome for outcome in Outcome}
        for variant, sweep, outcome, ended in rows:
            if words.get(outcome) is Outcome.SKIPPED:
                continue
            was_bad = verdicts.get(variant, (0, False))
            verdict = words.get(ended or outcome)
            bad = verdict is None or verdict.is_bad  # a damaged row: it is run to be sure
            verdicts[variant] = (sweep, bad or (was_bad[0] == sweep and was_bad[1]))
        return {variant: bad for variant, (_, bad) in verdicts.items()}
