# SPDX-License-Identifier: MIT
"""A results database that somebody hands over: data, which is read and never obeyed.

what it may have                               what is refused
tables of ours, with columns and keys          views, triggers, virtual tables, indexes with
                                               expressions, generated columns, checks
values as large as we write them               a file, a value or a compressed text that would
                                               take the machine's memory

SQLite runs what a schema says: a view in the place of a table calls any function, for
each row of a query of ours [https://www.sqlite.org/security.html].
"""

from __future__ import annotations

import re
import sqlite3
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LARGEST = 1024 * 1024 * 1024
"""Bytes that such a file may have: a sweep of 10,000 variants has some megabytes."""
LONGEST = 256 * 1024 * 1024
"""Bytes of one value, and of the text in a compressed one."""
MOST = 2 * LARGEST
"""Bytes of all texts together that are taken from one file."""
ROWS = 5_000_000
"""Cells of one sweep, tests counted."""
_TABLES = frozenset({"meta", "sweep", "cell", "seen", "kept", "skips", "host", "figures"})
_DOES_MORE = re.compile(r"\b(?:VIRTUAL|GENERATED|CHECK|COLLATE|REFERENCES|AS)\b", re.IGNORECASE)
"""Words of a table's statement that make it more than columns and keys."""


class RowError(ValueError):
    """A row is not as we write it, in words."""


class GivenDatabaseError(sqlite3.DatabaseError):
    """It is not as we write them; the message says what is not."""


@contextmanager
def in_words() -> Iterator[None]:
    """Let damage be SQLite's own error where its message quotes bytes that are no text."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise sqlite3.DatabaseError(f"damaged schema: {error}") from None


@in_words()
def read_only(path: Path) -> sqlite3.Connection:
    """Open a file to be read alone, and look at its schema before anything else.

    Raises:
        sqlite3.DatabaseError: it is none, too large, or does more than hold rows of ours.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise GivenDatabaseError("it is no regular file")
    if status.st_size > LARGEST:
        raise GivenDatabaseError(f"it is larger than {LARGEST >> 20} MB")
    uri = path.resolve().as_uri()
    # Without a log beside it nobody is writing; then none is made, in somebody's folder.
    connection = _connected(f"{uri}?{'mode=ro' if is_written(path) else 'immutable=1'}")
    try:
        connection.execute("SELECT name FROM sqlite_master")
    except sqlite3.OperationalError:  # its folder is read-only
        connection.close()
        connection = _connected(f"{uri}?immutable=1")
    try:
        _require_plain(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def is_written(path: Path) -> bool:
    """Return whether a sweep is writing, or has left what is not in the file itself yet."""
    return path.with_name(f"{path.name}-wal").exists()


def _connected(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA query_only = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
    return connection


def _require_plain(connection: sqlite3.Connection) -> None:
    """Refuse a schema that does more than ours."""
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    if "meta" not in {name for _, name, *_ in rows}:
        return  # another program's: it is told so, and nothing in it is asked
    for kind, name, table, statement in rows:
        is_own = kind == "index" and statement is None  # of a primary key
        if not is_own and (kind != "table" or table not in _TABLES):
            raise GivenDatabaseError(f"it has a {kind} {str(name)[:64]!r} that is none of ours")
        if kind == "table" and _DOES_MORE.search(str(statement)):
            raise GivenDatabaseError(f"its table {name!r} does more than hold rows")


class Unpacker:
    """Takes compressed texts out of one file, as far as they are together small enough."""

    def __init__(self) -> None:
        self._left = MOST
        self._rows = ROWS

    def text(self, data: bytes) -> str:
        """Return a text.

        Raises:
            ValueError: it is larger than any that we write, or all are together.
            zlib.error: it is damaged.
        """
        if not data:
            return ""
        most = min(LONGEST, self._left)
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(data, most)
        if unpacking.unconsumed_tail:
            raise RowError(f"a text of more than {most >> 20} MB")
        if not unpacking.eof:
            raise zlib.error("incomplete")
        self._left -= len(text)
        return text.decode()

    def row(self) -> None:
        """Count a cell.

        Raises:
            ValueError: there are more than any sweep has.
        """
        self._rows -= 1
        if self._rows < 0:
            raise RowError(f"more than {ROWS:,} cells")
