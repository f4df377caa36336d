# SPDX-License-Identifier: MIT
"""Files that are read: regular ones only, and records of ours whatever has become of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kvariant.regular_file import record_of

DAMAGED = {
    "empty": b"",
    "zeros": b"\0" * 40,
    "cut": b'{"format": 1, "fi',
    "a list": b"[1, 2]",
    "a text": b'"x"',
    "null": b"null",
    "not UTF-8": b'{"a": "\xff"}',
    "nested deeply": b"[" * 200_000,
    "a number without end": b'{"a": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_record_is_none(tmp_path: Path, content: bytes) -> None:
    """Whatever a file of ours holds that is no record, it is as if it were not there."""
    (tmp_path / "x.json").write_bytes(content)
    assert record_of(tmp_path / "x.json") is None


def test_records(tmp_path: Path) -> None:
    """A record is read; a folder, a pipe and nothing are none."""
    (tmp_path / "x.json").write_text('{"a": [1]}')
    assert record_of(tmp_path / "x.json") == {"a": [1]}
    os.mkfifo(tmp_path / "pipe")
    assert [None] * 3 == [record_of(tmp_path / name) for name in ("", "pipe", "none")]
