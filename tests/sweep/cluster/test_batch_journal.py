# SPDX-License-Identifier: MIT
"""What a killed worker has written down of a batch says which jobs have ended, and how."""

from __future__ import annotations

from pathlib import Path

import pytest

from kvariant.sweep.cluster.batch_journal import BatchJournal, BatchRecord, batch_record, forget


def test_what_has_ended_and_what_runs(tmp_path: Path) -> None:
    """At any time the file has the answers of what has ended, and the job that has not."""
    journal = BatchJournal(str(tmp_path), "b")
    assert batch_record(str(tmp_path), "b") == BatchRecord({}, None)
    journal.begun(7)
    assert batch_record(str(tmp_path), "b") == BatchRecord({}, 7)
    journal.ended(7, b"seven")
    assert batch_record(str(tmp_path), "b") == BatchRecord({7: b"seven"}, None)
    journal.begun(3)
    journal.ended(3, b"")
    journal.begun(9)
    assert batch_record(str(tmp_path), "b") == BatchRecord({7: b"seven", 3: b""}, 9)
    journal.close()
    forget(str(tmp_path), "b")
    assert batch_record(str(tmp_path), "b") == BatchRecord({}, None)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("lost", [1, 4, 5, 15, 16, 20])
def test_killed_as_it_wrote(tmp_path: Path, lost: int) -> None:
    """Of a record that is not whole nothing counts; those before it do."""
    journal = BatchJournal(str(tmp_path), "b")
    journal.begun(7)
    journal.ended(7, b"seven")
    journal.begun(8)
    journal.ended(8, b"eight")
    path = tmp_path / "b"
    path.write_bytes(path.read_bytes()[:-lost])
    assert batch_record(str(tmp_path), "b") == BatchRecord({7: b"seven"}, 8)


def test_nothing_can_be_written(tmp_path: Path) -> None:
    """A folder that is gone, or a full disk, stops no job: nothing is known of it then."""
    journal = BatchJournal(str(tmp_path / "gone"), "b")
    journal.begun(7)
    journal.ended(7, b"seven")
    journal.close()
    assert batch_record(str(tmp_path / "gone"), "b") == BatchRecord({}, None)
    forget(str(tmp_path / "gone"), "b")
