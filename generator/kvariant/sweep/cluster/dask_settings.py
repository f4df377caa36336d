# SPDX-License-Identifier: MIT
"""Dask's settings on both sides, as far as a sweep needs them otherwise.

A worker of Dask looks 100 times a second at what its threads do, 50 times at whether its event
loop is late, and twice at the machine's load: together 4 % of a core for each process, while
commands are what runs. And it answers over HTTP, whoever asks.
"""

from __future__ import annotations

from typing import Any

WORKER: dict[str, object] = {
    "distributed.comm.timeouts.tcp": "30s",
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.worker.http.routes": [],
}
"""Of workers that we start."""

CONTROLLER: dict[str, object] = {
    **WORKER,
    "distributed.admin.log-length": 1000,
    "distributed.admin.low-level-log-length": 1000,
    "distributed.comm.timeouts.connect": "10s",
    "distributed.scheduler.http.routes": [],
    "distributed.scheduler.worker-ttl": "60s",
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.worker-saturation": "inf",
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
}
"""Of the scheduler and client in our own process."""


def without_http(node: Any) -> None:
    """Close the port of a scheduler or worker that answers over HTTP.

    Dask opens it also without a dashboard: to everybody, without a certificate.
    """
    node.http_server.stop()
