# SPDX-License-Identifier: MIT
"""What runs in a worker: jobs of a session, each with processes that the worker itself ends.

Dask brings a job here and takes its results away. It cannot end what has begun: so every
session has its processes, which are ended when the controller says so, when no answer has
reached it for a while (`LEASE`), and, by a reaper, when this process is killed.

    controller                         worker
    enter(session, greeting)     -->   makes the session; what the machine has
    run_jobs(session, jobs)      -->   runs them; their results
    give_back(session, jobs)     -->   those that have not begun
    beat(session, echoes)        -->   the controller is there, and has our last answer
    stop(session), end(session)  -->   no second tries; nothing runs any more
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import functools
import os
import pickle
import platform
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from distributed import get_worker

import kvariant
from kvariant.build import Processes
from kvariant.digest import digest, file_digest
from kvariant.steps.environment import variables
from kvariant.steps.job import CellJob, CellResult
from kvariant.steps.tool_versions import ToolVersion, tool_versions
from kvariant.sweep.cluster.batch_journal import BatchJournal
from kvariant.sweep.cluster.tree_copy import (
    ContentStore,
    FileEntry,
    changes,
    folder_entries,
)
from kvariant.sweep.reaper import reaper

LEASE = 30.0
"""Seconds that a session goes on after the last answer of which it knows that it arrived. The
controller has what was lost run elsewhere only when that time, and `SETTLED`, is over."""
SETTLED = 5.0
"""Seconds within which commands are gone whose session's time is over."""
_INLINE = 256 * 1024
"""Bytes of files that come back with a job's answer."""
_SILENCE = 0.1
"""Seconds after which results are told of a batch that goes on, where a journal has them too."""
HandedJob = tuple[int, bytes, Sequence[str]]
_Told = tuple[int, int, str, CellResult | None]
"""The job's number, how many of its results came before, the machine, and the result; None: the
job has begun."""
T = TypeVar("T")
_PATIENCE = 4.0
"""Seconds that `end` waits for commands to be gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """What a controller tells a worker first."""

    code: str
    """`code_digest` there: jobs are values of that code."""
    token: Path
    """A file that it has written."""
    text: str
    """What is in there."""
    tools: tuple[str, ...]
    """Programs of which it wants to know."""
    environment: Mapping[str, str]
    """Its own: all of it counts where the machine is the same."""
    build_variables: Mapping[str, str]
    """Those that builds go by: keys are made of them."""
    host: str
    """The machine that it is on."""
    is_starter: bool = False
    """Whether it has started the worker on its own machine, and finds what that leaves behind."""
    roots: tuple[str, ...] = ()
    """Folders that a machine needs a copy of which does not see ours."""
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFacts:
    """What a worker answers."""

    host: str
    pid: int
    code: str
    python: str
    is_shared: bool
    """Whether the controller's files are seen here, under the same names."""
    tools: Mapping[str, ToolVersion]
    guard: str = ""
    """A folder of the session that is locked until nothing of it runs, killed or not."""
    refusal: str = ""
    """Why there can be no copy of the controller's files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobAnswer:
    """How a job came to its end."""

    results: tuple[CellResult, ...] = ()
    error: BaseException | None = None
    """What it raised."""
    is_cut: bool = False
    """The session was ended meanwhile: the results say nothing."""
    seconds: float = 0.0
    changed: tuple[FileEntry, ...] = ()
    """What it has left in its folders, where they are a copy."""
    gone: tuple[str, ...] = ()
    contents: Mapping[str, bytes] = field(default_factory=dict)
    """Of small files, by digest."""


@dataclass(slots=True)
class _Session:
    processes: Processes
    close: Callable[[], None]
    guard: str
    heard: float
    """When it gave the last answer that is known to have arrived, by its own clock."""
    is_journaled: bool = False
    """Whether who has started us finds the answers of ended jobs, if we are lost."""
    pending: set[tuple[str, int]] = field(default_factory=set)
    """Jobs of batches that have begun which have not."""
    begun: set[str] = field(default_factory=set)
    """Batches."""
    returned: set[tuple[str, int]] = field(default_factory=set)
    """Jobs of other batches that were given back: they are not to be run."""
    running: int = 0
    is_over: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def end(self) -> None:
        self.is_over = True
        self.processes.end()


_sessions: dict[str, _Session] = {}
_lock = threading.Lock()


def enter(session: str, greeting: Greeting) -> MachineFacts:
    """Make a session, or find it made, and return what this machine has."""
    is_shared = _is_shared(greeting)
    refusal = ""
    if not is_shared and code_digest() == greeting.code:
        owner = f"{greeting.host}:{greeting.state}"
        refusal = ContentStore.usual().refusal([*greeting.roots, greeting.state], owner)
    if not refusal and os.getpid() not in _ours:
        refusal = _other_variables(greeting)
    facts = MachineFacts(
        host=platform.node(),
        pid=os.getpid(),
        code=code_digest(),
        python=platform.python_version(),
        is_shared=is_shared,
        refusal=refusal,
        tools=tool_versions(greeting.tools),
    )
    if facts.code != greeting.code or refusal:
        return facts
    with _lock:
        if (found := _sessions.get(session)) is not None and not found.is_over:
            return replace(facts, guard=found.guard)
        if os.getpid() in _ours:
            _take_on(greeting, is_here=facts.host == greeting.host)
        _sessions[session] = opened = _opened(is_journaled=greeting.is_starter)
        if len(_sessions) == 1:
            threading.Thread(target=_listen, name="kvariant-silence", daemon=True).start()
    return replace(facts, guard=opened.guard)


_ours: set[int] = set()
"""This process, if we have started it ourselves and for one controller only."""


def be_ours() -> None:
    """Note that this process is of one controller alone, whose environment it takes on."""
    _ours.add(os.getpid())


def _take_on(greeting: Greeting, *, is_here: bool) -> None:
    """Take on the controller's environment: here all, elsewhere what builds go by and keys have."""
    if is_here:
        os.environ.clear()
        os.environ.update(greeting.environment)
        return
    for name in variables(()).keys() - greeting.build_variables.keys():
        del os.environ[name]
    os.environ.update(greeting.build_variables)


def _other_variables(greeting: Greeting) -> str:
    """Return which variables that builds go by are otherwise here, "" for none."""
    ours, theirs = variables(()), greeting.build_variables
    names = sorted(n for n in {*ours, *theirs} if ours.get(n) != theirs.get(n))
    return f"{', '.join(names)} there and here are not the same" if names else ""


def _is_shared(greeting: Greeting) -> bool:
    try:
        return greeting.token.read_text(encoding="utf-8") == greeting.text
    except OSError:
        return False


def _opened(*, is_journaled: bool = False) -> _Session:
    """Return a session whose commands do not outlive this process."""
    mark = uuid.uuid4().hex
    stack = contextlib.ExitStack()
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kvariant-worker-"))
    handle = os.open(folder, os.O_RDONLY)
    stack.callback(os.close, handle)
    fcntl.flock(handle, fcntl.LOCK_EX)  # the reaper has the same lock
    guard = stack.enter_context(reaper(handle, mark))
    return _Session(Processes(mark, (guard,)), stack.close, folder, clock(), is_journaled)


def clock() -> float:
    """Return seconds by a clock that goes on while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def is_settled(guard: str) -> bool:
    """Return whether nothing runs of a session of this machine whose process has ended."""
    try:
        handle = os.open(guard, os.O_RDONLY)
    except OSError:
        return True  # it has cleared up
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


@functools.cache
def code_digest() -> str:
    """Return the digest of kvariant's code here, wherever it is, and of Python's version."""
    root = Path(kvariant.__file__).parent
    sources = sorted(root.rglob("*.py"))
    told = [part for path in sources for part in (str(path.relative_to(root)), file_digest(path))]
    return digest([*map(str, sys.version_info[:2]), *told])


def run_jobs(session: str, batch: str, jobs: Sequence[HandedJob]) -> bytes:
    """Run jobs one after the other; return their pickled answers by number, pickled.

    What `give_back` has taken meanwhile has none. Unless there is one cell in all, results are
    told as they come, in Dask's events of the session: at once, or where a journal has what has
    ended when the batch has not for a while. Of jobs whose files have to come back it is told
    that they begin.

    Args:
        session: of whom they are.
        batch: what they are together.
        jobs: number and pickled job of each, and the folders of which changes are told.
    """
    found = _sessions.get(session)
    if found is None or found.is_over:
        cut = pickle.dumps(JobAnswer(is_cut=True))
        return pickle.dumps({number: cut for number, _, _ in jobs})
    with found.lock:
        found.begun.add(batch)
        found.pending.update((batch, n) for n, _, _ in jobs if (batch, n) not in found.returned)
    answers: dict[int, bytes] = {}
    journal = BatchJournal(found.guard, batch) if found.is_journaled else None
    teller = _Teller(session, found)
    for number, data, folders in jobs:
        with found.lock:
            if (batch, number) not in found.pending:
                continue
            found.pending.discard((batch, number))
            found.running += 1
        try:
            if journal:
                journal.begun(number)
            if folders and len(jobs) > 1:  # its results are told when its files have come back
                teller.tell(number, 0, None)
            before = folder_entries(map(Path, folders))
            tell = None if folders else teller.tell
            answer = _with_files(_run(found, number, data, len(jobs), tell), before, folders)
            answers[number] = pickle.dumps(answer)
            if journal and not answer.is_cut:
                journal.ended(number, answers[number])
        finally:
            with found.lock:
                found.running -= 1
    teller.close()
    if journal:
        journal.close()
    return pickle.dumps(answers)


class _Teller:
    """Tells results of a batch that goes on."""

    def __init__(self, session: str, found: _Session) -> None:
        self._session = session
        self._found = found
        self._untold: list[_Told] = []
        self._lock = threading.Lock()

    def tell(self, number: int, index: int, result: CellResult | None) -> None:
        """Tell a result, with its job and how many results of that came before, or that it begins.

        What is told says what we were at, if we are lost.
        """
        with self._lock:
            self._untold.append((number, index, platform.node(), result))
            is_first = len(self._untold) == 1
        if not self._found.is_journaled:
            self._flush(get_worker())
        elif is_first:
            worker = get_worker()
            worker.loop.add_callback(worker.loop.call_later, _SILENCE, self._flush, worker)

    def _flush(self, worker: Any) -> None:
        with self._lock:
            told, self._untold = self._untold, []
        if told and not self._found.is_over:
            worker.log_event(self._session, pickle.dumps(told))

    def close(self) -> None:
        """Tell nothing more: the batch has ended, and its answers have all."""
        with self._lock:
            self._untold.clear()


def _run(
    found: _Session,
    number: int,
    data: bytes,
    count: int,
    tell: Callable[[int, int, CellResult], None] | None,
) -> JobAnswer:
    """Run a job of so many; tell its results unless there is one cell in all."""
    results: list[CellResult] = []
    error: BaseException | None = None
    began = time.perf_counter()
    try:
        job: CellJob = pickle.loads(data)
        is_told = tell is not None and (count > 1 or len(job.cells) > 1)

        def emit(result: CellResult) -> None:
            results.append(result)
            if tell and is_told and not found.is_over:
                tell(number, len(results) - 1, result)

        job.run(found.processes, emit)
    except BaseException as raised:  # the controller raises it, whatever it is
        error = _portable(raised)
    if found.is_over:
        return JobAnswer(is_cut=True)
    seconds = time.perf_counter() - began
    return JobAnswer(results=tuple(results), error=error, seconds=seconds)


def _with_files(
    answer: JobAnswer, before: Mapping[str, FileEntry], folders: Sequence[str]
) -> JobAnswer:
    """Return an answer with what is otherwise in some folders now."""
    if not folders or answer.is_cut:
        return answer
    changed, gone = changes(before, folder_entries(map(Path, folders)))
    contents, room = {}, _INLINE
    for entry in changed:
        size = Path(entry.path).lstat().st_size
        if entry.is_file and size <= room:
            contents[entry.content] = Path(entry.path).read_bytes()
            room -= size
    return replace(answer, changed=tuple(changed), gone=tuple(gone), contents=contents)


async def lacking(entries: Sequence[FileEntry]) -> list[str]:
    """Return the digests of contents that this machine has not."""
    return await _aside(lambda: ContentStore.usual().lacking(entries))


async def put(contents: Sequence[bytes]) -> None:
    """Keep contents here."""
    await _aside(lambda: ContentStore.usual().put(contents))


async def lay_out(entries: Sequence[FileEntry], folders: Sequence[str], state: str) -> None:
    """Make folders hold some entries and nothing else, but for a state folder in them."""
    await _aside(lambda: ContentStore.usual().lay_out(entries, folders, state))


async def content_of(path: str) -> bytes:
    """Return a file that a job has left."""
    return await _aside(Path(path).read_bytes)


async def _aside(work: Callable[[], T]) -> T:
    """Do something without keeping the connection waiting."""
    return await asyncio.get_running_loop().run_in_executor(None, work)


def give_back(session: str, batch: str, numbers: Sequence[int]) -> list[int]:
    """Take jobs out of what is to be run; return those that had not begun."""
    found = _sessions.get(session)
    if found is None:
        return []
    with found.lock:
        has_begun = batch in found.begun
        given = [n for n in numbers if not has_begun or (batch, n) in found.pending]
        places = [(batch, number) for number in given]
        found.pending.difference_update(places)
        if not has_begun:
            found.returned.update(places)
    return given


def _portable(error: BaseException) -> BaseException:
    """Return an error that the controller can read."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def beat(session: str, echoes: Mapping[str, float], dask_worker: Any) -> float | bool:
    """Hear that a controller is there; return our clock, False where nothing of it runs any more.

    Args:
        session: whose controller it is.
        echoes: by worker, what it answered last. Only that shows that an answer has arrived: a
            word that was long on its way is no sign of life of now.
        dask_worker: this one; Dask gives it.
    """
    found = _sessions.get(session)
    if found is None or (found.is_over and not found.running):
        return False
    found.heard = max(found.heard, echoes.get(dask_worker.address, 0.0))
    return clock()


def stop(session: str) -> None:
    """Let what runs come to its end without second tries."""
    if found := _sessions.get(session):
        found.processes.stop()


async def end(session: str) -> bool:
    """End what runs and wait until it is gone; return whether it is."""
    found = _sessions.get(session)
    if found is None:
        return True
    found.end()
    until = time.monotonic() + _PATIENCE
    while found.running and time.monotonic() < until:
        await asyncio.sleep(0.01)
    return not found.running


async def leave(session: str) -> None:
    """End a session for good."""
    await end(session)
    with _lock:
        found = _sessions.pop(session, None)
    if found is not None:
        await asyncio.get_running_loop().run_in_executor(None, found.close)


def end_all() -> None:
    """End what runs of every session: the connection is gone."""
    for found in [*_sessions.values()]:
        found.end()


def _listen() -> None:
    """End sessions whose controller is not heard of any more."""
    while True:
        time.sleep(1)
        now = clock()
        for found in [*_sessions.values()]:
            if now - found.heard > LEASE:
                found.end()


def own_tools(names: Iterable[str]) -> Mapping[str, ToolVersion]:
    """Return the programs of some names that are here."""
    every = tool_versions(names)
    return {name: every[name] for name in dict.fromkeys(names) if name in every}
