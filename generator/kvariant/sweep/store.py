# SPDX-License-Identifier: MIT
"""What earlier sweeps found: `<state>/results.sqlite`, written by the controller alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kvariant.errors import Diagnostic, InputError, Location, MissingError, os_error
from kvariant.sweep.cell import Cell, Outcome

FORMAT = 1

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS cell (
    variant TEXT NOT NULL, step TEXT NOT NULL, key TEXT NOT NULL, outcome TEXT NOT NULL,
    reason TEXT NOT NULL, duration REAL NOT NULL, log TEXT NOT NULL,
    PRIMARY KEY (variant, step)
) STRICT;
"""


class Store:
    """The results database of a project."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator[Store]:
        """Open the database, made if it is not there.

        Raises:
            InputError: it is damaged [damaged-store] or of a newer format [newer-format].
            MissingError: its folder cannot be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise os_error(error, "cannot make the state folder") from None
        connection = None
        try:
            connection = sqlite3.connect(path, timeout=60)
            _require_format(connection, path)
            connection.executescript(_SCHEMA)
            connection.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?)", (str(FORMAT),))
            connection.commit()
            yield cls(connection)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:  # tables that are not ours
                raise _damaged(path, f"not a results database of kvariant: {error}") from None
            raise MissingError(
                Diagnostic(
                    message=f"cannot use the results database: {error}",
                    code="disk",
                    location=Location(str(path)),
                )
            ) from None
        except sqlite3.DatabaseError as error:
            raise _damaged(path, f"damaged results database: {error}") from None
        finally:
            if connection is not None:
                connection.close()

    def last(self, variant: str, step: str, key: str) -> Cell | None:
        """Return the last result of a cell if it was ok for this very content."""
        row = self._connection.execute(
            "SELECT reason FROM cell WHERE variant = ? AND step = ? AND key = ? AND outcome = ?",
            (variant, step, key, Outcome.OK.value),
        ).fetchone()
        if row is None:
            return None
        return Cell(
            variant=variant,
            step=step,
            outcome=Outcome.REUSED,
            ended=Outcome.OK,
            reason=row[0],
            key=key,
        )

    def record(self, cell: Cell) -> None:
        """Keep a result that was worked for; reused and skipped cells change nothing."""
        if cell.outcome in (Outcome.REUSED, Outcome.SKIPPED):
            return
        with self._connection:
            self._connection.execute(
                "INSERT OR REPLACE INTO cell VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    cell.variant,
                    cell.step,
                    cell.key,
                    cell.outcome.value,
                    cell.reason,
                    cell.duration,
                    cell.log,
                ),
            )


def _require_format(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a newer database before anything in it is touched."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if not tables:
        return
    if "meta" not in tables:
        raise _damaged(path, "not a results database of kvariant")
    row = connection.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()
    found = str(row[0]) if row else str(FORMAT)
    if not found.isdecimal():
        raise _damaged(path, f"damaged results database: its format is {found!r}")
    if int(found) > FORMAT:
        raise InputError(
            Diagnostic(
                message=f"format {found} is newer than this kvariant knows",
                code="newer-format",
                location=Location(str(path)),
                hint="upgrade kvariant, or remove the file: the next sweep starts anew",
            )
        )


def _damaged(path: Path, message: str) -> InputError:
    return InputError(
        Diagnostic(
            message=message,
            code="damaged-store",
            location=Location(str(path)),
            hint="remove the file; the next sweep starts anew",
        )
    )
