# SPDX-License-Identifier: MIT
"""A worker that we start ourselves, here or through ssh: `python -m` this module.

The first line of its standard input says, as JSON, how to reach the scheduler and who we
are; until it comes there is time to import what takes long. The stream stays open: when it
ends, so does the worker with all that it runs.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from typing import Any

NO_DASK = 4
"""Exit code where the extra is not installed."""


def main() -> int:
    """Serve until the standard input or the connection ends; return the exit code."""
    try:
        load()
    except ImportError:
        return NO_DASK
    line = sys.stdin.buffer.readline()
    return asyncio.run(_serve(json.loads(line))) if line else 0


def load() -> None:
    """Import what a worker needs, and find out what it will be asked.

    Raises:
        ImportError: the extra is not installed.
    """
    from kvariant.sweep.cluster import cell_worker

    cell_worker.code_digest()


async def _serve(said: Mapping[str, Any]) -> int:
    import dask
    import distributed

    from kvariant.sweep.cluster import cell_worker, dask_settings

    logging.getLogger("distributed").setLevel(logging.ERROR)  # the last line is what we complain of
    cell_worker.be_ours()
    address = said["address"]
    if here := os.environ.get("SSH_CONNECTION", ""):  # where the controller is, seen from here
        address = address.replace("//0.0.0.0:", f"//{_bracketed(here.split()[0])}:")
    distributed_: Any = distributed
    security = distributed_.Security(
        require_encryption=True,
        tls_ca_file=said["ca"],
        tls_worker_cert=said["cert"],
        tls_worker_key=said["key"],
    )
    dask.config.set(dask_settings.WORKER)
    with tempfile.TemporaryDirectory(prefix="kvariant-dask-") as folder:
        threading.Thread(target=_watch, args=(cell_worker.end_all, folder), daemon=True).start()
        async with distributed_.Worker(
            address,
            host="127.0.0.1" if "//127.0.0.1:" in address else None,  # nobody else is to come
            nthreads=said["threads"] or os.cpu_count() or 1,
            name=said["name"],
            security=security,
            memory_limit=0,
            local_directory=folder,
            dashboard=False,
            death_timeout=60,
        ) as worker:
            dask_settings.without_http(worker)
            await worker.finished()
        cell_worker.end_all()
    return 0


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _watch(end_all: Callable[[], None], folder: str) -> None:
    while os.read(0, 4096):
        pass
    end_all()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)  # what a command has left running is the reaper's


if __name__ == "__main__":
    os._exit(main())  # nothing is left to be done, and Dask takes its time
