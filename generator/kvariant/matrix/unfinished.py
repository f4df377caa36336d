# SPDX-License-Identifier: MIT
"""A search for rows that is not over: what it has, and where that is kept.

    rows        each is in some configuration
    excluded    tuples that are proven infeasible
    sieve       how many sieves are done, and how far the next is

Rows are only added, and what is proven stays so: whatever part of both is noted is a
search that can go on. So it is kept at any moment, in the middle of a step as well, and
Ctrl-C or a kill takes at most what came after. A search that went on may take other rows
than one that was never cut; both are complete at their end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from kvariant.words import counted, tuple_noun

EVERY = 10.0
"""Seconds between two times that a search is kept; a shorter search never is, unless it is cut."""

CUT = 1.0
"""Seconds after which a search that is cut is worth keeping."""

_SHARE = 20
"""Keeping it may take one in so many seconds."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unfinished:
    """What a search has."""

    rows: npt.NDArray[np.bool_]
    """Rows x what they are made of."""
    excluded: npt.NDArray[np.int32]
    """Tuples x strength, in numbers of what rows are made of."""
    sieve: tuple[int, int] = (0, 0)

    def fits(self, width: int, strength: int) -> bool:
        """Return whether it can be of a search whose rows are made of `width` things."""
        tuples = self.excluded
        return (
            self.rows.ndim == 2
            and self.rows.shape[1] == width
            and tuples.ndim == 2
            and tuples.shape[1] == strength
            and bool(((tuples >= 0) & (tuples < width)).all())
            and min(self.sieve) >= 0
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a search is; the three numbers of tuples are exact, and all there are."""

    rows: int
    strength: int
    covered: int
    infeasible: int
    """Proven so."""
    left: int
    """In no row, and not proven infeasible."""


class UnfinishedStore(Protocol):
    """Where searches are kept."""

    def read(self, problem: bytes) -> Unfinished | None:
        """Return the search for the same, None if there is none that is sound."""
        ...

    def write(self, problem: bytes, unfinished: Unfinished) -> bool:
        """Keep a search, whole or not at all; return whether that could be done."""
        ...


class SearchLog:
    """What one search notes as it goes on, kept every so many seconds."""

    def __init__(
        self,
        store: UnfinishedStore | None,
        problem: Callable[[], bytes],
        width: int,
        strength: int,
        cut: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take up what is kept of the search, if there is some.

        Args:
            store: where it is kept; None: nowhere.
            problem: what the search is for, all that it depends on.
            width: how many things rows are made of.
            cut: asked between steps: whether to end now, with what there is.
        """
        self.cut = cut
        self._store = store
        self._problem = problem() if store else b""
        self._width, self._strength = width, strength
        found = store.read(self._problem) if store else None
        if found is not None and not found.fits(width, strength):
            found = None
        self.resumed = found
        """What it goes on from."""
        self.rows: list[npt.NDArray[np.bool_]] = [] if found is None else list(found.rows)
        self._excluded = np.zeros((0, strength), np.int32) if found is None else found.excluded
        self._new: list[tuple[int, ...]] = []
        self.sieve = (0, 0) if found is None else found.sieve
        self._began = self._last = time.monotonic()
        self._wait = EVERY

    @property
    def excluded(self) -> npt.NDArray[np.int32]:
        """All tuples that are proven infeasible; cut on the way here it has some of them twice."""
        if self._new:
            new = np.array(self._new, dtype=np.int32)
            self._excluded = np.concatenate([self._excluded, new])
            self._new = []
        return self._excluded

    def table(self) -> npt.NDArray[np.bool_]:
        """Return the rows as one array."""
        rows = self.rows[:]
        return np.array(rows, dtype=np.bool_).reshape(len(rows), self._width)

    def exclude(self, tuples: Sequence[tuple[int, ...]]) -> None:
        """Note that tuples are proven infeasible."""
        self._new.extend(tuples)

    def tick(self) -> bool:
        """Keep the search if it is time; return whether it was."""
        now = time.monotonic()
        if self._store is None or now - self._last < self._wait:
            return False
        self._keep()
        return True

    def end(self, patience: float) -> bool:
        """Keep the search as it is, if it has taken so many seconds; return whether it is kept."""
        if self._store is None:
            return False
        is_worth = time.monotonic() - self._began >= patience or self.resumed is not None
        return is_worth and self._keep()

    def _keep(self) -> bool:
        assert self._store is not None
        began = time.monotonic()
        state = Unfinished(rows=self.table(), excluded=self.excluded, sieve=self.sieve)
        is_kept = self._store.write(self._problem, state)
        self._last = time.monotonic()
        self._wait = max(EVERY, _SHARE * (self._last - began))
        return is_kept


@contextmanager
def told_where_cut(log: SearchLog, standing: Callable[[], Standing]) -> Iterator[None]:
    """Keep a search that is cut, and have what cuts it say how far it was.

    Raises:
        BaseException: what is raised within, with a note if the search is kept.
    """
    try:
        yield
    except BaseException as error:
        if log.end(CUT):
            error.add_note(f"{standing_text(standing())}; the same command goes on from here")
        raise


def standing_text(standing: Standing) -> str:
    """Return in words how far a search is."""
    covered = counted(standing.covered, tuple_noun(standing.strength))
    return (
        f"{counted(standing.rows, 'row')} so far, {covered} covered, "
        f"{standing.infeasible:,} proven infeasible, {standing.left:,} left"
    )
