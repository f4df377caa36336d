# SPDX-License-Identifier: MIT
"""What the wide runs measured, as a JSON file that documents are made from.

KVARIANT_RECORD names the file. Each run replaces its own rows and leaves the others, so
that it can be filled piece by piece::

    {"format": 1,
     "real": [{"tree": "linux", "version": "6.1.176", "architecture": "x86", ...}],
     "small": [{"tool": "7.2", ...}]}

Every row carries the date (UTC) of its run.
"""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_KEYS = {"real": ("tree", "version", "architecture"), "small": ("tool",)}
"""What tells rows of a table apart."""


def keep(table: str, row: Mapping[str, Any]) -> None:
    """Put a row into the record, if one is asked for.

    Args:
        table: "real" or "small".
        row: figures by name, and the table's key.
    """
    named = os.environ.get("KVARIANT_RECORD")
    if not named:
        return
    path = Path(named)
    with _locked(path):
        record: dict[str, Any] = {"format": 1}
        if path.exists():
            record = json.loads(path.read_text())
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        rows = [old for old in record.get(table, []) if _key(table, old) != _key(table, row)]
        rows.append({**row, "date": today})
        record[table] = sorted(rows, key=lambda kept: _key(table, kept))
        path.write_text(json.dumps(record, indent=1) + "\n")


def _key(table: str, row: Mapping[str, Any]) -> list[str]:
    return [str(row[name]) for name in _KEYS[table]]


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one process at a time change the record."""
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
