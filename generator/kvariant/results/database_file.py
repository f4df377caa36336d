# SPDX-License-Identifier: MIT
"""The file of the results database: made, known as ours, moved aside where it is damaged.

Its tables are said in `results.store`. A newer format and another program's file are refused
before anything in them is touched; a file of ours that is damaged is kept beside the new one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from kvariant.errors import Diagnostic, InputError, Location, Severity, newer_format, one_line
from kvariant.results.given_database import in_words

FORMAT = 1
# With row ids: without, a row of over a quarter of a page takes a page of its own.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS sweep (
    number INTEGER PRIMARY KEY, about TEXT NOT NULL, ended INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS cell (
    sweep INTEGER NOT NULL, variant TEXT NOT NULL, step TEXT NOT NULL, test TEXT NOT NULL,
    outcome TEXT NOT NULL, ended TEXT NOT NULL, reason TEXT NOT NULL, duration REAL NOT NULL,
    key TEXT NOT NULL, known TEXT NOT NULL, failures TEXT NOT NULL, skips TEXT NOT NULL,
    tests BLOB NOT NULL, log BLOB NOT NULL,
    PRIMARY KEY (sweep, variant, step, test)
) STRICT;
CREATE TABLE IF NOT EXISTS seen (sweep INTEGER PRIMARY KEY, columns BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS kept (
    step TEXT NOT NULL, key TEXT NOT NULL, sweep INTEGER NOT NULL, reason TEXT NOT NULL,
    facts BLOB NOT NULL, skips TEXT NOT NULL, log BLOB NOT NULL, PRIMARY KEY (step, key)
) STRICT;
CREATE TABLE IF NOT EXISTS skips (
    digest TEXT PRIMARY KEY, sweep INTEGER NOT NULL, tests BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS host (
    sweep INTEGER NOT NULL, variant TEXT NOT NULL, step TEXT NOT NULL, host TEXT NOT NULL,
    PRIMARY KEY (sweep, variant, step)
) STRICT;
CREATE TABLE IF NOT EXISTS figures (
    sweep INTEGER NOT NULL, variant TEXT NOT NULL, step TEXT NOT NULL, figures BLOB NOT NULL,
    PRIMARY KEY (sweep, variant, step)
) STRICT;
"""


def open_database(path: Path, warn: Callable[[Diagnostic], None]) -> sqlite3.Connection:
    """Open a database to be written, made if it is not there; a damaged one is moved aside.

    Args:
        warn: told of that.

    Raises:
        InputError: it is of a newer format [newer-format], or another program's.
        sqlite3.DatabaseError: it cannot be used.
    """
    connection = sqlite3.connect(path, timeout=60, check_same_thread=False)
    try:
        require_ours(connection, path)
        _prepare(connection)
        return connection
    except InputError:
        connection.close()
        raise
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:  # tables that are not as ours
            connection.close()
            raise
    except sqlite3.DatabaseError:
        pass  # it is damaged: moved aside, below
    connection.close()
    aside = _aside(path)
    for name in ("", "-wal", "-shm", "-journal"):
        left = path.with_name(path.name + name)
        if left.exists():
            left.rename(aside.with_name(aside.name + name))
    warn(
        Diagnostic(
            message=f"damaged results database; it is kept as {aside.name}, a new one begins",
            code="damaged-store",
            location=Location(str(path)),
            severity=Severity.WARNING,
        )
    )
    connection = sqlite3.connect(path, timeout=60, check_same_thread=False)
    _prepare(connection)
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    # A cell is committed when it ends: with a log beside the file that costs one write.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.executescript(_SCHEMA)
    connection.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?)", (str(FORMAT),))
    for table in ("sweep", "cell", "kept", "skips"):
        connection.execute(f"SELECT * FROM {table} LIMIT 1")
    connection.execute("SELECT known, failures, skips, tests FROM cell LIMIT 1")
    connection.commit()


def _aside(path: Path) -> Path:
    names = (path.with_name(f"{path.stem}.damaged-{n}{path.suffix}") for n in range(1, 1000))
    return next(name for name in names if not name.exists())


@in_words()
def require_ours(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a newer database, or another program's, before anything in it is touched."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if not tables:
        return
    if "meta" not in tables:
        raise damaged(path, "not a results database of kvariant")
    row = connection.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()
    found = str(row[0]) if row else str(FORMAT)
    if not found.isdecimal() or len(found) > 9:
        raise damaged(path, f"damaged results database: its format is {found!r}")
    if int(found) > FORMAT:
        anew = ", or remove the file: the next sweep starts anew"
        raise InputError(newer_format(found, Location(str(path)), anew))
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("quick check")


def require_any(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a database without tables: a file of no bytes is one to SQLite."""
    if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise InputError(
            Diagnostic(
                message="no results are here: the database is empty",
                code="no-results",
                location=Location(str(path)),
                hint="kvariant sweep fills it",
            )
        )


def damaged(path: Path, message: str, hint: str = "") -> InputError:
    """Return the error for a database that is not as we write it [damaged-store]."""
    return InputError(
        Diagnostic(
            message=one_line(message),  # SQLite quotes what it found
            code="damaged-store",
            location=Location(str(path)),
            hint=hint or "remove the file; the next sweep starts anew",
        )
    )
