# SPDX-License-Identifier: MIT
"""Which worker runs which job: workers that come and go, jobs that wait, run, and are lost.

All of it is called in the thread of the connection's event loop, but for a few properties.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import shutil
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from kvariant.errors import Diagnostic, MissingError, Severity
from kvariant.results.cell import Cell, Failure, Outcome
from kvariant.steps.job import CellId, CellJob, CellResult
from kvariant.sweep.cluster import batch_journal, cell_worker
from kvariant.sweep.cluster.batch_journal import batch_record
from kvariant.sweep.cluster.cluster_worker import Batch, ClusterWorker
from kvariant.sweep.cluster.job_folders import job_folders
from kvariant.sweep.cluster.lost_workers import LostWorker, LostWorkers
from kvariant.sweep.executor import JobEnded
from kvariant.sweep.job_events import JobRaised

if TYPE_CHECKING:
    from kvariant.sweep.cluster.cell_worker import Greeting, JobAnswer, MachineFacts
    from kvariant.sweep.cluster.dask_connection import DaskConnection
    from kvariant.sweep.cluster.machine_copies import MachineCopies

ToolsOf = Callable[[CellJob], tuple[str, ...]]
_LOOK = 0.25
"""Seconds between two looks at which workers there are."""
_FIRST_LOOK, _FIRST = 0.03, 10.0
"""The same while the first are on their way, and for how many seconds they may be."""
_BEAT = 2.0
"""Seconds between two words to the workers that we are there."""
_ALONE = 60.0
"""Seconds that jobs wait for a worker to come back."""
_BATCH = 0.25
"""Seconds of work that are sent at once, and before the last has ended: no worker waits."""
_MOMENT = 0.002
"""Seconds that a job waits for others to be sent with."""
_MOST = 32
"""Jobs that are sent at once."""
_RECENT = 8
"""Jobs by whose times those of others are predicted, about."""
_OVERDUE = 0.5
"""Seconds after which jobs behind one that takes long are given to others."""


@dataclass(slots=True, eq=False)
class _Handed:
    """A job that was submitted."""

    job: CellJob
    data: bytes
    tools: tuple[str, ...]
    emitted: int = 0
    """Results that were told."""
    is_begun: bool = False
    """Whether it was told that it has begun where it was handed to last."""

    @property
    def is_told(self) -> bool:
        """Whether all its results are there."""
        return self.emitted >= len(self.job.cells)

    lost: list[str] = field(default_factory=list)
    """Machines that were lost while it ran there."""


class Dispatcher:
    """The jobs of one session, and the workers that are there."""

    def __init__(
        self,
        connection: DaskConnection,
        session: str,
        greeting: Greeting,
        tools_of: ToolsOf,
        copies: MachineCopies,
        tell: Callable[[CellResult | JobEnded | JobRaised], None],
        warn: Callable[[Diagnostic], None],
    ) -> None:
        """Take what it is to do; `ClusterExecutor` says what the arguments are."""
        self._client = connection.client
        self._launcher = connection.launcher
        self._expected = connection.expected
        self._session = session
        self._greeting = greeting
        self._tools_of = tools_of
        self._copies = copies
        self._tell = tell
        self._warn = warn
        self._own = cell_worker.own_tools(greeting.tools)
        self.workers: dict[str, ClusterWorker] = {}
        self._entering: dict[str, asyncio.Task[None]] = {}
        self._refused: dict[str, str] = {}
        """Address -> why it is not used."""
        self._jobs: dict[int, _Handed] = {}
        self._waiting: deque[int] = deque()
        self._lost = LostWorkers(self._has_ended)
        self._seconds = 1.0
        """What a job takes, of late; before any has ended, long enough to be sent alone."""
        self._known = 0
        """How many have ended."""
        self._attempts = 0
        self._timer: asyncio.TimerHandle | None = None
        self._is_over = False
        self._last_there = time.monotonic()
        self._said: set[tuple[str, str]] = set()

    # From any thread

    @property
    def capacity(self) -> int:
        """How many jobs the workers can have, so that none of them is without one."""
        workers = [*self.workers.values()]
        return max(1, sum(self._room(worker) for worker in workers))

    @property
    def threads(self) -> int:
        """How many jobs can run at once."""
        return sum(worker.threads for worker in [*self.workers.values()])

    @property
    def is_complete(self) -> bool:
        """Whether all workers have come that are expected."""
        return len(self.workers) >= self._expected

    @property
    def is_hopeless(self) -> bool:
        """Whether none will come."""
        if self.workers or self._entering:
            return False
        if self._launcher is None:
            return bool(self._refused)
        left = sum(not worker.is_given_up for worker in self._launcher.workers)
        return len(self._refused) >= left  # one that is refused goes on, and is no use

    def nobody(self) -> MissingError:
        """Return the error that there is no worker."""
        why = list(dict.fromkeys(self._refused.values()))
        if self._launcher is not None:
            started = self._launcher.workers
            why += [f"{w.name}: {said}" for w in started if (said := w.complaint())]
        return MissingError(
            Diagnostic(
                message="the cluster has no worker that can be used",
                code="no-cluster",
                hint="; ".join(why[:3]) or "start workers: dask worker ADDRESS",
            )
        )

    # Workers

    async def watch(self) -> None:
        """Follow which workers there are, for as long as the session goes on."""
        began = time.monotonic()
        while not self._is_over:
            if self._launcher is not None:
                self._launcher.start()
            there = await self._there()
            for address in [a for a in self.workers if a not in there]:
                self._lose(address)
            for address, about in there.items():
                known = address in self.workers or address in self._entering
                if not known and address not in self._refused:
                    task = asyncio.ensure_future(self._enter(address, about))
                    self._entering[address] = task
            self._beat()
            self._settle()
            self._fetch_back()
            self._require_workers()
            is_first = not self.is_complete and time.monotonic() - began < _FIRST
            await asyncio.sleep(_FIRST_LOOK if is_first else _LOOK)

    async def _there(self) -> dict[str, Any]:
        try:
            found = await asyncio.wait_for(self._client.scheduler.identity(n_workers=-1), 30)
        except (TimeoutError, OSError) as error:
            raise MissingError(
                Diagnostic(
                    message=f"the Dask scheduler does not answer any more: {error}".rstrip(": "),
                    code="no-cluster",
                    hint="the same command goes on from what has ended",
                )
            ) from None
        launcher = self._launcher
        return {
            address: about
            for address, about in found["workers"].items()
            if launcher is None or launcher.holds(str(about.get("name")))
        }

    async def _enter(self, address: str, about: Any) -> None:
        name = str(about.get("name", address))
        try:
            answers = await asyncio.wait_for(
                self._client._run(
                    cell_worker.enter, self._session, self._greeting, workers=[address]
                ),
                60,
            )
            facts: MachineFacts = answers[address]
        except (TimeoutError, OSError, KeyError):  # it went, or comes at the next look
            return
        except Exception as error:
            self._refused[address] = f"{name}: {type(error).__name__}: {error}"[:300]
            return
        finally:
            self._entering.pop(address, None)
        why = self._unfit(facts)
        if why:
            self._refused[address] = f"{facts.host}: {why}"
            self._say(facts.host, "cluster-machine", f"gets no cells: {why}")
            return
        host = facts.host if facts.host in name else f"{facts.host} ({name})"
        worker = ClusterWorker(address, host, name, int(about.get("nthreads", 1)), facts)
        worker.lacks = {
            tool: words
            for tool, ours in self._own.items()
            if (words := _differs(ours, facts.tools.get(tool)))
        }
        for tool, words in worker.lacks.items():
            self._say(facts.host, "cluster-machine", f"gets no cells that need {tool}: {words}")
        self.workers[address] = worker
        if self._launcher is not None:
            self._launcher.came(name)
        self._last_there = time.monotonic()
        self._dispatch()

    def _unfit(self, facts: MachineFacts) -> str:
        if facts.code != self._greeting.code:
            return "its kvariant or its Python is another one than here"
        return facts.refusal

    def _say(self, host: str, code: str, words: str) -> None:
        if (host, words) in self._said:
            return
        self._said.add((host, words))
        self._warn(Diagnostic(message=f"{host} {words}", code=code, severity=Severity.WARNING))

    def _lose(self, address: str, *, is_charged: bool = True, is_over: bool = False) -> None:
        """Take a worker for lost.

        Args:
            address: of the worker.
            is_charged: whether jobs that it was at may be the cause.
            is_over: whether it has said that nothing of the session runs there any more.
        """
        worker = self.workers.pop(address)
        self._copies.forget(worker.facts.host)
        batches, worker.batches = worker.batches, []
        for batch in batches:
            self._take_back(batch)
        self._lost.add(
            LostWorker(
                name=worker.dask_name,
                machine=worker.name,
                host=worker.facts.host,
                guard=worker.facts.guard,
                heard=worker.heard,
                is_over=is_over,
                jobs=[number for batch in batches for number in batch.numbers],
                batches={b.key: tuple(b.numbers) for b in self._begun(worker, batches)},
                is_charged=is_charged,
            )
        )
        self._settle()

    def _begun(self, worker: ClusterWorker, batches: list[Batch]) -> list[Batch]:
        """Return the batches that may run; where there is a journal, it says which have begun."""
        if self._greeting.is_starter:
            return batches
        return [batch for batch in batches if not batch.is_answered][: worker.threads]

    def _settle(self) -> None:
        """Have jobs run elsewhere where nothing runs of the workers that were at them."""
        for lost in self._lost.settled():
            for key, numbers in lost.batches.items():
                self._settle_batch(lost, key, numbers)
            if self._has_ended(lost.name) and lost.guard:
                shutil.rmtree(lost.guard, ignore_errors=True)  # it could not itself
            for number in reversed([n for n in lost.jobs if n in self._jobs]):
                if len(self._jobs[number].lost) > 1:
                    self._end_lost(number)
                else:
                    self._waiting.appendleft(number)
            self._soon()

    def _settle_batch(self, lost: LostWorker, key: str, numbers: Sequence[int]) -> None:
        """End what a lost worker has ended of a batch, and note what it was at."""
        untold = [n for n in numbers if not self._jobs[n].is_told]
        begun = [n for n in untold if self._jobs[n].is_begun]
        running = begun[-1] if begun else next(iter(untold), None)
        if self._greeting.is_starter:
            record = batch_record(lost.guard, key)
            running = record.running
            for number, answer in record.answers.items():
                self._end_job(number, pickle.loads(answer), lost.host)
        at = self._jobs.get(-1 if running is None else running)
        if lost.is_charged and at is not None and running in numbers and not at.is_told:
            at.lost.append(lost.machine)

    def _has_ended(self, name: str) -> bool:
        """Return whether a worker was a process of ours on this machine, and has ended."""
        launcher = self._launcher
        return launcher is not None and launcher.is_local and not launcher.holds(name)

    def _take_back(self, batch: Batch) -> None:
        if batch.follower is not None:
            batch.follower.cancel()
        if batch.future is not None:
            batch.future.release()

    def _end_lost(self, number: int) -> None:
        handed = self._jobs.pop(number)
        for id_ in handed.job.cells[handed.emitted :]:
            self._tell(_lost(handed.job, id_, handed.lost))
        self._tell(JobEnded(handed.job))

    def _beat(self) -> None:
        """Say that we are there, to each by itself: one that does not answer keeps none waiting."""
        now = time.monotonic()
        for worker in self.workers.values():
            is_due = worker.beating is None or worker.beating.done()
            if is_due and now - worker.last_beat >= _BEAT:
                worker.last_beat = now
                worker.beating = asyncio.ensure_future(self._beat_one(worker))

    async def _beat_one(self, worker: ClusterWorker) -> None:
        address = worker.address
        answers = await self._on([address], cell_worker.beat, {address: worker.echo})
        said = answers.get(address)
        if said is None or self._is_over or self.workers.get(address) is not worker:
            return
        if said is False:  # it had not heard of us, and ended all
            self._lose(address, is_charged=False, is_over=True)
        else:
            worker.echo, worker.heard = said, cell_worker.clock()

    async def on_all(self, function: Callable[[str], object]) -> dict[str, Any]:
        """Call a function of `cell_worker` with the session on every worker."""
        return await self._on([*self.workers], function)

    async def _on(
        self, addresses: list[str], function: Callable[..., object], *values: object
    ) -> dict[str, Any]:
        if not addresses:
            return {}
        with contextlib.suppress(OSError):  # a worker was lost: the next look sees it
            return dict(
                await self._client._run(
                    function, self._session, *values, workers=addresses, on_error="ignore"
                )
                or {}
            )
        return {}

    def _require_workers(self) -> None:
        now = time.monotonic()
        if self.workers or not self._waiting:
            self._last_there = now
        elif self.is_hopeless or now - self._last_there > _ALONE:
            self._last_there = now
            self._tell(JobRaised(self.nobody()))

    # Jobs

    def take(self, jobs: Iterable[tuple[int, CellJob, bytes]]) -> None:
        """Take jobs that were submitted, each with its number and as it is sent."""
        if self._is_over:
            return
        for number, job, data in jobs:
            self._jobs[number] = _Handed(job, data, self._tools_of(job))
            self._waiting.append(number)
        self._soon()

    def _soon(self) -> None:
        """Give out what waits in a moment: who submits one job may submit more."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_MOMENT, self._dispatch)

    def told(self, event: tuple[float, Any]) -> None:
        """Take results of a batch that goes on."""
        for number, index, host, result in pickle.loads(event[1]):
            handed = self._jobs.get(number)
            if handed is not None and result is None:
                handed.is_begun = True
            elif handed is not None and index == handed.emitted:
                handed.emitted += 1
                self._tell(replace(result, host=host))

    def _dispatch(self) -> None:
        """Give what waits to workers that have room for it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._is_over:
            return
        chosen: dict[ClusterWorker, list[int]] = {w: [] for w in self.workers.values()}
        room = {w: self._room(w) - w.count for w in chosen}
        due = [w for w in chosen if room[w] > 0 and self._is_due(w)]
        size = self._share(due)
        for _ in range(len(self._waiting)):
            if not any(room[w] > 0 for w in due):
                break
            number = self._waiting.popleft()
            handed = self._jobs[number]
            able = [w for w in chosen if not any(tool in w.lacks for tool in handed.tools)]
            if not able and self.is_complete:
                self._waiting.appendleft(number)
                self._tell(JobRaised(self._unable(handed)))
                break
            free = [w for w in able if w in due and room[w] > 0]
            free = [w for w in free if w.name not in handed.lost] or free
            if not free:
                self._waiting.append(number)
                continue
            worker = max(free, key=lambda w: (len(chosen[w]) % size > 0, room[w] / w.threads))
            room[worker] -= 1
            if handed.lost:  # alone: if that worker is lost as well, it is known why
                self._hand(worker, [number])
            else:
                chosen[worker].append(number)
        for worker, numbers in chosen.items():
            for start in range(0, len(numbers), size):
                self._hand(worker, numbers[start : start + size])

    def _is_due(self, worker: ClusterWorker) -> bool:
        """Return whether a worker gets jobs now: as long as it has some, whole batches alone."""
        size = self._batch_size
        return worker.count <= size // 2 or len(self._waiting) >= size

    def _share(self, due: Sequence[ClusterWorker]) -> int:
        """Return how many jobs some workers get at once, so that none of them has nothing."""
        threads = max(1, sum(worker.threads for worker in due))
        return max(1, min(self._batch_size, -(-len(self._waiting) // threads)))

    @property
    def _batch_size(self) -> int:
        return max(1, min(_MOST, int(_BATCH / max(self._seconds, 1e-3))))

    def _room(self, worker: ClusterWorker) -> int:
        """Return how many jobs a worker may have; one that is at a long one has no more waiting."""
        size = self._batch_size
        now = time.monotonic()
        if size == 1 or any(b.numbers and now - b.sent > _OVERDUE for b in worker.batches):
            return worker.threads
        return worker.threads * size + size

    def _fetch_back(self) -> None:
        """Ask for jobs that wait behind one that takes long, where others have nothing to do."""
        if self._waiting or all(worker.batches for worker in self.workers.values()):
            return
        now = time.monotonic()
        for worker in self.workers.values():
            for batch in worker.batches:
                is_due = batch.numbers and batch.asking is None and not batch.is_asked
                if is_due and now - batch.sent > _OVERDUE:
                    batch.asking = asyncio.ensure_future(self._ask_back(worker, batch))

    async def _ask_back(self, worker: ClusterWorker, batch: Batch) -> None:
        try:
            answers = await self._client._run(
                cell_worker.give_back,
                self._session,
                batch.key,
                batch.numbers,
                workers=[worker.address],
                on_error="ignore",
            )
            batch.is_asked = worker.address in (answers or {})
            given = (answers or {}).get(worker.address) or []
        except OSError:
            given = []
        batch.asking = None
        if batch not in worker.batches or self._is_over:
            return  # it has ended: what it has no answer for was seen to
        for number in reversed(given):
            batch.numbers.remove(number)
            self._waiting.appendleft(number)
        self._dispatch()

    def _unable(self, handed: _Handed) -> MissingError:
        variant, step = handed.job.cells[0]
        lacks = dict.fromkeys(
            f"{w.name}: {tool}: {w.lacks[tool]}"
            for w in self.workers.values()
            for tool in handed.tools
            if tool in w.lacks
        )
        return MissingError(
            Diagnostic(
                message=f"no machine of the cluster has what {step} of {variant} needs",
                code="no-tool",
                hint="; ".join([*lacks][:5]),
            )
        )

    def _hand(self, worker: ClusterWorker, numbers: list[int]) -> None:
        self._attempts += 1
        for number in numbers:
            self._jobs[number].is_begun = False
        key = f"{self._session}-{self._attempts}"
        batch = Batch(numbers, time.monotonic(), self._attempts, key)
        worker.batches.append(batch)
        batch.follower = asyncio.ensure_future(self._follow(worker, batch))

    def _send(self, worker: ClusterWorker, batch: Batch) -> None:
        jobs = [(number, self._jobs[number]) for number in batch.numbers]
        is_shared = worker.facts.is_shared
        batch.future = self._client.submit(
            cell_worker.run_jobs,
            self._session,
            batch.key,
            [
                (number, h.data, [] if is_shared else [str(f) for f in job_folders(h.job)])
                for number, h in jobs
            ],
            key=batch.key,
            priority=-batch.place,  # Dask runs what it was sent in a moment in any order
            workers=[worker.address],
            allow_other_workers=False,
            pure=False,
        )

    async def _follow(self, worker: ClusterWorker, batch: Batch) -> None:
        try:
            if not worker.facts.is_shared:
                needed = [f for n in batch.numbers for f in job_folders(self._jobs[n].job)]
                await self._copies.bring(worker.address, worker.facts.host, needed)
            self._send(worker, batch)
            data = await batch.future._result()
            batch.is_answered = True
            found: dict[int, bytes] = pickle.loads(data)
            answers: dict[int, JobAnswer] = {n: pickle.loads(one) for n, one in found.items()}
            for number, answer in answers.items():
                if answer.changed or answer.gone:
                    folders = job_folders(self._jobs[number].job)
                    await self._copies.take(worker.address, answer, folders)
        except asyncio.CancelledError:
            return  # taken back, or the worker was lost: the next look at the workers tells
        except (OSError, KeyError) as error:
            if worker.address in await self._there() and not self._is_over:
                said = f"{worker.name}: {type(error).__name__}: {error}"
                self._refused[worker.address] = said
                self._say(worker.facts.host, "cluster-machine", f"gets no cells any more: {said}")
                batch.follower = None
                self._lose(worker.address, is_charged=False)
            return
        except Exception as error:
            if type(error).__name__ != "KilledWorker":
                self._tell(JobRaised(error))
            return
        if any(answer.is_cut for answer in answers.values()):
            return  # its session was ended there: the next beat tells
        batch.future.release()
        worker.batches.remove(batch)
        for number in batch.numbers:
            if (ended := answers.get(number)) is None:  # it was given back
                self._waiting.append(number)
                continue
            self._end_job(number, ended, worker.facts.host)
        if self._greeting.is_starter:
            batch_journal.forget(worker.facts.guard, batch.key)
        self._soon()  # who is told submits more

    def _end_job(self, number: int, answer: JobAnswer, host: str) -> None:
        """Tell how a job has ended."""
        handed = self._jobs.pop(number)
        self._known += 1
        # What a batch has ended before a long job comes late from elsewhere: there with more care.
        count = min(self._known, _RECENT) if self._greeting.is_starter else _RECENT
        self._seconds += (answer.seconds - self._seconds) / count
        for result in answer.results[handed.emitted :]:
            self._tell(replace(result, host=host))
        self._tell(JobEnded(handed.job) if answer.error is None else JobRaised(answer.error))

    async def cancel(self, end: Callable[[str], Awaitable[bool]]) -> None:
        """End what runs, and forget the rest."""
        self._is_over = True
        self._waiting.clear()
        self._lost.forget()
        batches = [batch for worker in self.workers.values() for batch in worker.batches]
        for batch in batches:
            if batch.follower is not None:
                batch.follower.cancel()
        await self.on_all(end)
        for batch in batches:
            self._take_back(batch)
        self._jobs.clear()

    async def leave(self, leave: Callable[[str], Awaitable[None]]) -> None:
        """End the session on every worker."""
        self._is_over = True
        await self.on_all(leave)


def _differs(ours: Any, theirs: Any) -> str:
    """Return in words how a tool is another one there, "" if what it says of itself is the same."""
    if theirs is None:
        return "it is not there"
    if ours.version != theirs.version:
        return f"{theirs.version or 'another one'} there, {ours.version or 'another one'} here"
    if not ours.version and ours.digest != theirs.digest:
        return "another one than here"
    return ""


def _lost(job: CellJob, id_: CellId, machines: list[str]) -> CellResult:
    """Return the result of a cell whose machine was lost, and the other one as well."""
    variant, step = id_
    again = getattr(job, "again", "")
    if not isinstance(again, str):
        again = again[variant].whole
    said = " and ".join(dict.fromkeys(machines))
    message = f"{step}: the machine was lost while it ran, twice"
    failure = Failure(message=message, again=again, is_of_machine=True)
    cell = Cell(
        variant=variant,
        step=step,
        outcome=Outcome.ERROR,
        reason=f"lost with its machine twice: {said}",
        key=getattr(job, "key", ""),
        failures=(failure,),
    )
    return CellResult(cells=(cell,))
