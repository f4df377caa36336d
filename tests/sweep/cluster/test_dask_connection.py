# SPDX-License-Identifier: MIT
"""What a sweep's scheduler and workers listen to."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

from kvariant.sweep.cluster.dask_connection import connected
from kvariant.sweep.cluster.location import ClusterLocation

# Dask leaves sockets and pipes to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)

_THIS_MACHINE = f"{int.from_bytes(bytes([127, 0, 0, 1]), sys.byteorder):08X}"
_LISTENS = "0A"
"""The state of a socket in /proc/net/tcp that connections are accepted on."""


def listening(pid: int) -> set[str]:
    """Return where a process accepts connections, as the kernel writes it."""
    rows = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]
    ]
    opened = [path for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()]
    sockets = {str(path.readlink()) for path in opened}
    return {row[1] for row in rows if row[3] == _LISTENS and f"socket:[{row[9]}]" in sockets}


def test_workers_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folders that Dask wants for them are gone with them."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr("tempfile.tempdir", None)
    with connected(ClusterLocation.parse("2"), {}, tmp_path) as connection:
        connection.client.wait_for_workers(2, timeout=60)
        assert [*place.glob("kvariant-*")]
    assert [] == [*place.iterdir()]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for ports in /proc")
def test_nobody_is_answered_over_http(tmp_path: Path) -> None:
    """Scheduler and workers have one port each, for those of this machine, with certificates."""
    before = listening(os.getpid())
    with connected(ClusterLocation.parse("2"), {}, tmp_path) as connection:
        connection.client.wait_for_workers(2, timeout=60)
        found = [listening(os.getpid()) - before]
        found += [listening(pid) for pid in connection.client.run(os.getpid).values()]
        assert [1, 1, 1] == [len(places) for places in found]
        assert {_THIS_MACHINE} == {place.partition(":")[0] for places in found for place in places}
