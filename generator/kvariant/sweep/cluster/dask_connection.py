# SPDX-License-Identifier: MIT
"""The connection to Dask's scheduler: of our own, which we start, or one that runs."""

from __future__ import annotations

import importlib.util
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kvariant.errors import Diagnostic, MissingError, os_error
from kvariant.sweep.cluster import dask_settings
from kvariant.sweep.cluster.location import QUEUES, ClusterLocation
from kvariant.sweep.cluster.scheduler_probe import ANSWER, require_scheduler
from kvariant.sweep.cluster.sweep_certificate import SweepCertificate
from kvariant.sweep.cluster.worker_launcher import WorkerLauncher, local_workers, ssh_workers

_EXTRA = ("distributed", "cryptography")


def require_extra(location: ClusterLocation) -> None:
    """Refuse a place for which the packages are not installed.

    Raises:
        MissingError: they are not there [no-cluster].
    """
    needed = [*_EXTRA, *(["dask_jobqueue"] if location.queue else [])]
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingError(
            Diagnostic(
                message=f"--cluster {location.text} needs {missing[0].replace('_', '-')}, "
                "which is not installed",
                code="no-cluster",
                hint="pip install 'kvariant[cluster]'",
            )
        )


@dataclass(frozen=True, slots=True)
class DaskConnection:
    """A client, and what starts workers if they are ours."""

    client: Any
    """`distributed.Client`."""
    launcher: WorkerLauncher | None
    expected: int
    """Workers that are to come before the work begins."""


@contextmanager
def starting(location: ClusterLocation) -> Iterator[WorkerLauncher | None]:
    """Have workers of this machine start, before anything else is known; end them at last.

    They are copies of this process where that can be, which has imported what they need.

    Raises:
        MissingError: there is no package for it [no-cluster].
    """
    if not location.workers:
        yield None
        return
    require_extra(location)
    from kvariant.sweep.cluster import worker_process

    worker_process.load()
    launcher = _launched(location, {}, worker_process.main)
    try:
        yield launcher
    finally:
        launcher.close()


@contextmanager
def connected(
    location: ClusterLocation,
    options: Mapping[str, Any],
    state: Path,
    launcher: WorkerLauncher | None = None,
) -> Iterator[DaskConnection]:
    """Connect to the scheduler of a place, started if it is to be.

    Args:
        location: where cells are run.
        options: the project's `[cluster]` table.
        state: a folder that the machines of a batch system see as well.
        launcher: of workers that are starting already.

    Raises:
        MissingError: there is no scheduler, or no package for it [no-cluster].
    """
    require_extra(location)
    if launcher is None and location.is_started:
        launcher = _launched(location, options)
    try:
        yield from _connected(location, options, state, launcher)
    finally:
        if launcher is not None:
            launcher.close()


def _launched(
    location: ClusterLocation,
    options: Mapping[str, Any],
    program: Callable[[], int] | None = None,
) -> WorkerLauncher:
    """Return workers that begin to start: they take as long to import Dask as we do.

    Args:
        location: where they run.
        options: the project's `[cluster]` table.
        program: what a copy of this process is to do that is one; None: they are no copies.
    """
    launcher = WorkerLauncher(
        local_workers(location.workers)
        if location.workers
        else ssh_workers(location.hosts, str(options.get("python", "python3"))),
        is_local=bool(location.workers),
        program=program,
    )
    try:
        launcher.start()
    except OSError as error:
        launcher.close()
        raise os_error(error, "cannot start a worker") from None
    return launcher


def _connected(
    location: ClusterLocation,
    options: Mapping[str, Any],
    state: Path,
    launcher: WorkerLauncher | None,
) -> Iterator[DaskConnection]:
    import dask
    import distributed  # noqa: F401 -- before its log is silenced: it sets that up

    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kvariant-dask-"))
        here = {**dask_settings.CONTROLLER, "temporary-directory": folder}
        stack.enter_context(dask.config.set(here))
        stack.enter_context(_quiet())
        if launcher is not None:
            yield stack.enter_context(_started(location, launcher))
        elif location.address:
            yield stack.enter_context(_running(location))
        else:
            yield stack.enter_context(_queued(location, options, state))


@contextmanager
def _started(location: ClusterLocation, launcher: WorkerLauncher) -> Iterator[DaskConnection]:
    import distributed

    dask: Any = distributed
    made = SweepCertificate.made()
    security = dask.Security(**made.settings())
    cluster = dask.LocalCluster(
        n_workers=0,
        processes=False,
        dashboard_address=None,
        security=security,
        protocol="tls://",
        host="127.0.0.1" if location.workers else "0.0.0.0",
    )
    dask_settings.without_http(cluster.scheduler)
    address = cluster.scheduler.address if location.workers else _everywhere(cluster)
    welcome = {
        "address": address,
        "ca": made.certificate,
        "cert": made.certificate,
        "key": made.key,
    }
    with cluster, dask.Client(cluster, security=security, set_as_default=False) as client:
        launcher.greet(welcome)
        yield DaskConnection(client, launcher, len(launcher.workers))


def _everywhere(cluster: Any) -> str:
    return f"tls://0.0.0.0:{cluster.scheduler.address.rpartition(':')[2]}"


@contextmanager
def _running(location: ClusterLocation) -> Iterator[DaskConnection]:
    import distributed

    dask: Any = distributed
    require_scheduler(location.address)
    with dask.Client(location.address, timeout=ANSWER, set_as_default=False) as client:
        yield DaskConnection(client, None, 1)


@contextmanager
def _queued(
    location: ClusterLocation, options: Mapping[str, Any], state: Path
) -> Iterator[DaskConnection]:
    import distributed

    dask: Any = distributed
    before = signal.getsignal(signal.SIGINT)
    import dask_jobqueue

    signal.signal(signal.SIGINT, before)  # it has made Ctrl-C end without a word

    given = {  # of lists it makes longer ones
        name: list(value) if isinstance(value, tuple) else value
        for name, value in options.items()
        if name != "jobs"
    }
    kind = getattr(dask_jobqueue, QUEUES[location.queue])
    with tempfile.TemporaryDirectory(prefix="certificates-", dir=state) as folder:
        security = _written(Path(folder))
        usual = {"cores": 1, "memory": "1GB", "security": security, "protocol": "tls://"}
        try:
            cluster = kind(**{**usual, **given})
        except (TypeError, ValueError, OSError) as error:
            raise MissingError(
                Diagnostic(
                    message=f"{location.queue} cannot be started as [cluster] says: {error}",
                    code="no-cluster",
                )
            ) from None
        with cluster, dask.Client(cluster, security=security, set_as_default=False) as client:
            dask_settings.without_http(cluster.scheduler)
            cluster.scale(jobs=int(options.get("jobs", 2)))
            yield DaskConnection(client, None, 1)


def _written(folder: Path) -> Any:
    """Return certificates for one sweep in files that all machines see, and nobody else reads."""
    import distributed

    dask: Any = distributed
    made = SweepCertificate.made()
    certificate, key = folder / "certificate", folder / "key"
    certificate.write_text(made.certificate, encoding="utf-8")
    handle = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(made.key)
    return dask.Security(**made.settings(str(certificate), str(key)))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's log and warnings off the terminal: what matters of it we say ourselves."""
    import logging
    import warnings

    loggers = [logging.getLogger(name) for name in ("distributed", "tornado", "asyncio")]
    before = [(logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"(distributed|dask)(\.|$)")
            yield
    finally:
        for logger, (level, propagate) in zip(loggers, before, strict=True):
            logger.setLevel(level)
            logger.propagate = propagate
