# SPDX-License-Identifier: MIT
"""An address space: areas, the files behind them, faults, and userfaultfd.

Every public operation of `Space` is one system call or one access, and returns
an `Outcome`. Where the kernel would wake a handler, a handler that always does
the same answers: a missing page is copied in (`copy_wp` says how), a protected
page is unprotected.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, Flag, auto
from typing import NamedTuple

from .ptes import Ptes
from .rules import Tally

PAGES = 4
"""Pages of each area and file."""


class Kind(Enum):
    """What is behind an area."""

    SHARED = "shared"
    """A shared mapping of a memfd (shmem)."""
    PRIVATE = "private"
    """A private mapping of a memfd: writes go to anonymous copies."""
    ANON = "anon"


class Feature(Flag):
    """What a userfaultfd is opened with."""

    NONE = 0
    EVENT_FORK = auto()
    EVENT_REMAP = auto()
    WP_UNPOPULATED = auto()
    WP_ASYNC = auto()
    """Implies WP_UNPOPULATED."""


class Event(NamedTuple):
    """One fault that was reported."""

    kind: str
    """missing or wp"""
    is_write: bool
    letters: str
    """What the page table showed while the access was blocked."""


@dataclass(kw_only=True, slots=True)
class Outcome:
    """What came of one operation."""

    result: str = "ok"
    """ok, or the name of the error."""
    events: list[Event] = field(default_factory=list)
    child: list[list[str]] | None = None
    """The letters of a forked child, area by area."""


@dataclass(slots=True)
class File:
    """A memfd: the frames of its pages that were ever touched."""

    cache: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Area:
    """A mapping and its page table."""

    kind: Kind
    file: File | None
    ptes: list[int] = field(default_factory=lambda: [0] * PAGES)
    vm_flags: int = 0
    """The modes of userfaultfd it is registered for."""
    is_copied: bool = False
    """Whether fork copies its page table: it ever got an anonymous page, or a guard."""

    @property
    def is_file_backed(self) -> bool:
        """Whether protection survives a zap."""
        return self.kind is not Kind.ANON


LAYOUT = (("A", Kind.SHARED), ("A", Kind.SHARED), ("A", Kind.PRIVATE), ("", Kind.ANON))
"""Areas: the file and the kind of mapping; two shared mappings and a private one of one file."""

ZERO_FRAME = 0


class Space:
    """One process: its areas, with page tables made of one variant's ptes."""

    def __init__(self, ptes: Ptes, features: Feature, *, has_swap: bool, tally: Tally) -> None:
        self.ptes = ptes
        self.features = features
        self.has_swap = has_swap
        self.tally = tally
        files = {name: File() for name, _ in LAYOUT if name}
        self.files = list(files.values())
        self.areas = [Area(kind, files.get(name)) for name, kind in LAYOUT]
        self._file_frames: set[int] = set()
        self._written: set[int] = set()
        """Frames that are dirty: a page of a file that is not need not be kept."""
        self._frames = 1
        self._slots: dict[int, int] = {}
        self._next_slot = 1  # slot 0 of swap file 0 is an empty pte on arm64

    # What can be seen

    def letters(self) -> list[list[str]]:
        """Return the letters of every page, area by area."""
        told = {pte: self._letters(pte) for pte in self.distinct}  # most are none at all
        return [[told[pte] for pte in area.ptes] for area in self.areas]

    @property
    def distinct(self) -> set[int]:
        """All ptes, each once."""
        return {pte for area in self.areas for pte in area.ptes}

    def is_registered(self, area: int, mode: str = "") -> bool:
        """Whether an area is registered, for one of "missing" and "wp" if given."""
        name = f"userfaultfd_{mode or 'armed'}"
        return getattr(self.ptes.userfaultfd, name)(self._vma(self.areas[area]))

    # userfaultfd's requests

    def register(self, area: int, modes: str) -> Outcome:
        """Register an area for modes: m missing, w write protection.

        An architecture without a bit for protection refuses w before it looks
        at the mapping.
        """
        helpers, target = self.ptes.userfaultfd, self.areas[area]
        if not hasattr(helpers, "vma_can_userfault"):
            return Outcome(result="ENOSYS")
        flags = {"m": helpers.VM_UFFD_MISSING, "w": helpers.VM_UFFD_WP}
        wanted = sum(flags[mode] for mode in modes)
        more = (True,) if Feature.WP_ASYNC in self.features else ()
        can = helpers.vma_can_userfault(self._vma(target), wanted, *more)
        if not can or ("w" in modes and not self.ptes.can_protect):
            self.tally.met("9-refused")
            return Outcome(result="EINVAL")
        target.vm_flags = wanted
        return Outcome()

    def unregister(self, area: int) -> Outcome:
        """Unregister an area."""
        target = self.areas[area]
        self._forget_protection(target, "5-unregister")
        target.vm_flags = 0
        return Outcome()

    def protect(self, area: int, start: int, count: int) -> Outcome:
        """Write-protect pages."""
        if not self.is_registered(area, "wp"):
            self.tally.met("9-enoent")
            return Outcome(result="ENOENT")
        target = self.areas[area]
        if target.kind is Kind.SHARED:
            self.tally.met("5-second")  # all areas' letters are looked at after every step
        for page in range(start, start + count):
            target.ptes[page] = self._protected(target, page)
        return Outcome()

    def _protected(self, area: Area, page: int) -> int:
        pte = area.ptes[page]
        if self.ptes.is_poison(pte):
            self.tally.met("7-poison-wp")
            return pte
        if self.ptes.is_guard(pte):
            self.tally.met("7-guard-wp")
            return pte
        if self.ptes.is_none(pte):
            if area.is_file_backed:
                self.tally.met("1-untouched")
            elif self._marks_unpopulated:
                self.tally.met("4-marker")
            else:
                self.tally.met("4-nothing")
                return pte
            return self.ptes.marker()
        if self.ptes.is_marker(pte):
            return pte
        self.tally.met("1-present")
        return self.ptes.protect(pte)

    @property
    def _marks_unpopulated(self) -> bool:
        return bool(self.features & (Feature.WP_UNPOPULATED | Feature.WP_ASYNC))

    def unprotect(self, area: int, start: int, count: int) -> Outcome:
        """Take write protection away."""
        if not self.is_registered(area, "wp"):
            self.tally.met("9-enoent")
            return Outcome(result="ENOENT")
        target = self.areas[area]
        for page in range(start, start + count):
            pte = target.ptes[page]
            if self.ptes.is_marker(pte):
                self.tally.met("3-marker")
                target.ptes[page] = 0
            elif self.ptes.is_protected(pte):
                self.tally.met("3-page")
                target.ptes[page] = self.ptes.unprotect(pte)
        return Outcome()

    def copy(self, area: int, page: int, *, wp: bool) -> Outcome:
        """Copy a page in, protected or not (UFFDIO_COPY)."""
        target = self.areas[area]
        self._prepare_filling(target)
        if not self.is_registered(area):
            return Outcome(result="ENOENT")
        if wp and not self.is_registered(area, "wp"):
            return Outcome(result="EINVAL")
        pte, file = target.ptes[page], target.file
        is_cached = target.kind is Kind.SHARED and file is not None and page in file.cache
        if is_cached or not self.ptes.is_fillable(pte):
            is_guard = not is_cached and self.ptes.is_guard(pte)
            self.tally.met("7-guard-copy-exists" if is_guard else "7-copy-exists")
            return Outcome(result="EEXIST")
        if wp:
            self.tally.met("7-copy-wp")
        elif self.ptes.is_marker(pte):
            self.tally.met("7-copy-drops")
        if self.ptes.is_poison(pte):
            self.tally.met("7-copy-poison")
        if self.ptes.is_guard(pte):
            self.tally.met("7-guard-copy")
        frame = self._cached(file, page) if target.kind is Kind.SHARED else self._new_frame()
        self._written.add(frame)
        target.ptes[page] = self.ptes.mapped(frame, protected=wp)
        return Outcome()

    def poison(self, area: int, page: int) -> Outcome:
        """Make every access to a page fail (UFFDIO_POISON)."""
        target = self.areas[area]
        self._prepare_filling(target)
        if not self.is_registered(area):
            return Outcome(result="ENOENT")
        if not self.ptes.is_none(target.ptes[page]):
            is_guard = self.ptes.is_guard(target.ptes[page])
            self.tally.met("7-guard-poison-exists" if is_guard else "7-poison-exists")
            return Outcome(result="EEXIST")
        self.tally.met("7-poison")
        target.ptes[page] = self.ptes.poison()
        return Outcome()

    @staticmethod
    def _prepare_filling(area: Area) -> None:
        """Get ready for anonymous pages; the kernel does before it checks anything else."""
        area.is_copied |= area.kind is not Kind.SHARED

    # Guards

    def guard(self, area: int, start: int, count: int) -> Outcome:
        """Make every access to pages fail (MADV_GUARD_INSTALL).

        The kernel zaps what is there until there is nothing: where `guards_for_ever`
        says so, it never returns.
        """
        assert not self.guards_for_ever(area, start, count)
        target = self.areas[area]
        target.is_copied = True
        for page in range(start, start + count):
            if not self.ptes.is_guard(target.ptes[page]):
                self._zap(target, page, "4-zap")
                self.tally.met("7-guard")
                target.ptes[page] = self.ptes.guard()
        return Outcome()

    def guards_for_ever(self, area: int, start: int, count: int) -> bool:
        """Whether zaps leave something in the way of a guard: a marker of file-backed memory."""
        target = self.areas[area]
        ptes = target.ptes[start : start + count]
        return target.is_file_backed and any(self.ptes.is_protected(pte) for pte in ptes)

    def unguard(self, area: int, start: int, count: int) -> Outcome:
        """Let pages be accessed again (MADV_GUARD_REMOVE)."""
        target = self.areas[area]
        for page in range(start, start + count):
            if self.ptes.is_guard(target.ptes[page]):
                self.tally.met("7-guard-remove")
                target.ptes[page] = 0
        return Outcome()

    # Accesses

    def read(self, area: int, page: int, *, copy_wp: bool = False) -> Outcome:
        """Read a byte."""
        outcome = Outcome()
        while not self.ptes.is_mapped(self.areas[area].ptes[page]):
            if self._is_failing(area, page):
                return Outcome(result="EFAULT", events=outcome.events)
            outcome.events += self._fault(area, page, is_write=False, copy_wp=copy_wp)
        return outcome

    def write(self, area: int, page: int, *, copy_wp: bool = False) -> Outcome:
        """Write a byte."""
        outcome, target = Outcome(), self.areas[area]
        was_marker = self.ptes.is_marker(target.ptes[page])
        while True:
            pte = target.ptes[page]
            if self._is_failing(area, page):
                return Outcome(result="EFAULT", events=outcome.events)
            if not self.ptes.is_mapped(pte):
                outcome.events += self._fault(area, page, is_write=True, copy_wp=copy_wp)
            elif not self.ptes.userfaultfd.userfaultfd_pte_wp(self._vma(target), pte):
                break
            elif Feature.WP_ASYNC in self.features:
                self.tally.met("7-async")
                target.ptes[page] = self.ptes.unprotect(pte)
            else:
                self.tally.met("2-write" if was_marker else "2-page")
                outcome.events.append(Event("wp", True, self._letters(pte)))
                self.unprotect(area, page, 1)
        if not outcome.events and self.is_registered(area, "wp"):
            self.tally.met("3-unreported")
        self._own(target, page)
        return outcome

    def _own(self, area: Area, page: int) -> None:
        """Give a private page that is about to be written a frame of its own."""
        frame = self.ptes.frame(area.ptes[page])
        if area.kind is not Kind.SHARED and (frame == ZERO_FRAME or frame in self._file_frames):
            area.is_copied = True
            frame = self._new_frame()
            area.ptes[page] = self.ptes.mapped(frame)
        self._written.add(frame)

    def populate(self, area: int, *, is_write: bool, copy_wp: bool = False) -> Outcome:
        """Touch all pages in order (MADV_POPULATE_READ, _WRITE)."""
        outcome = Outcome()
        for page in range(PAGES):
            one = (self.write if is_write else self.read)(area, page, copy_wp=copy_wp)
            outcome.events += one.events
            if one.result != "ok":
                is_poison = self.ptes.is_poison(self.areas[area].ptes[page])
                return Outcome(result="EHWPOISON" if is_poison else one.result,
                               events=outcome.events)  # fmt: skip
        return outcome

    def _is_failing(self, area: int, page: int) -> bool:
        pte = self.areas[area].ptes[page]
        if self.ptes.is_poison(pte):
            self.tally.met("7-poison-access")
        elif self.ptes.is_guard(pte):
            self.tally.met("7-guard-access")
        else:
            return False
        return True

    def _fault(self, area: int, page: int, *, is_write: bool, copy_wp: bool) -> list[Event]:
        """Put a page where none is mapped; the access is then tried again."""
        target = self.areas[area]
        pte = target.ptes[page]
        if self.ptes.is_swapped(pte):
            self._swap_in(target, page)
            return []
        is_marker, file = self.ptes.is_marker(pte), target.file
        if target.kind is Kind.PRIVATE and is_write:
            target.is_copied = True
        if file is not None and not is_write:
            self._fault_around(area)
            if self.ptes.is_mapped(target.ptes[page]):
                return []
        if self.is_registered(area, "missing") and (file is None or page not in file.cache):
            self.tally.met("missing")
            event = Event("missing", is_write, self._letters(pte))
            copied = self.copy(area, page, wp=copy_wp and self.is_registered(area, "wp"))
            assert copied.result == "ok"
            return [event]
        if is_marker and not is_write:
            self.tally.met("2-read" if target.is_file_backed else "4-zero")
        if file is None:
            frame = self._new_frame() if is_write else ZERO_FRAME
            target.is_copied |= is_write
        else:
            frame = self._cached(file, page)
            if is_write and target.kind is Kind.PRIVATE:
                frame = self._new_frame()
        target.ptes[page] = self.ptes.mapped(frame, protected=is_marker)
        return []

    def _fault_around(self, area: int) -> None:
        """Map what else the page cache has; not where write protection is watched."""
        target = self.areas[area]
        if self.is_registered(area, "wp") or target.file is None:
            return
        for page, frame in target.file.cache.items():
            if self.ptes.is_none(target.ptes[page]):
                target.ptes[page] = self.ptes.mapped(frame)

    def _swap_in(self, area: Area, page: int) -> None:
        pte = area.ptes[page]
        is_protected = self.ptes.is_protected(pte)
        if is_protected:
            self.tally.met("swap-in")
        frame = self._slots.pop(self.ptes.slot(pte))
        area.ptes[page] = self.ptes.mapped(frame, protected=is_protected)

    # Zaps

    def dontneed(self, area: int, start: int, count: int) -> Outcome:
        """Drop pages of an area (MADV_DONTNEED)."""
        for page in range(start, start + count):
            self._zap(self.areas[area], page, "1-dontneed")
        return Outcome()

    def punch(self, file: int, start: int, count: int) -> Outcome:
        """Make a hole in a file; private copies stay."""
        for page in range(start, start + count):
            for area in self._mappings(file):
                self._zap(area, page, "1-punch", even_cows=False)
            self._forget(file, page)
        return Outcome()

    def truncate(self, file: int, start: int) -> Outcome:
        """Cut a file short and make it as long again; private copies go too."""
        for page in range(start, PAGES):
            for area in self._mappings(file):
                self._zap(area, page, "1-truncate")
            self._forget(file, page)
        return Outcome()

    def pageout(self, area: int, start: int, count: int) -> Outcome:
        """Reclaim pages of an area (MADV_PAGEOUT), those that nobody else maps."""
        target = self.areas[area]
        for page in range(start, start + count):
            pte = target.ptes[page]
            if self.ptes.is_mapped(pte) and self._mapcount(self.ptes.frame(pte)) == 1:
                self._reclaim(target, page)
        return Outcome()

    def _reclaim(self, area: Area, page: int) -> None:
        pte = area.ptes[page]
        frame, is_protected = self.ptes.frame(pte), self.ptes.is_protected(pte)
        if area.file is not None and frame in self._file_frames:
            self.tally.met("1-pageout" if is_protected else "1-unprotected")
            area.ptes[page] = self.ptes.marker() if is_protected else 0
            if frame not in self._written:
                self.tally.met("1-pageout-clean")
                self._file_frames.discard(area.file.cache.pop(page))
        elif self.has_swap:
            slot = self._next_slot
            self._next_slot += 1
            self._slots[slot] = frame
            if is_protected:
                self.tally.met("swap-out")
            area.ptes[page] = self.ptes.swapped(slot, protected=is_protected)
        else:
            self.tally.met("1-anon-pageout")

    def _zap(self, area: Area, page: int, rule: str, *, even_cows: bool = True) -> None:
        pte = area.ptes[page]
        if self.ptes.is_none(pte):
            return
        if self.ptes.is_guard(pte):
            self.tally.met("7-guard-kept")
            return
        is_protected = self.ptes.is_protected(pte)
        if self.ptes.is_marker(pte) and area.is_file_backed:
            self.tally.met("1-kept")
            return
        if not even_cows and self._is_cow(pte):
            self.tally.met("1-cow-kept")
            return
        if self.ptes.is_swapped(pte):
            del self._slots[self.ptes.slot(pte)]
        if self.ptes.is_poison(pte):
            self.tally.met("7-poison-dontneed")
        elif is_protected:
            self.tally.met(rule if area.is_file_backed else "4-zap")
        else:
            self.tally.met("1-unprotected")
        area.ptes[page] = self.ptes.marker() if is_protected and area.is_file_backed else 0

    def _is_cow(self, pte: int) -> bool:
        """Whether a hole in the file leaves this: a private copy, wherever it is, or poison."""
        if self.ptes.is_mapped(pte):
            return self.ptes.frame(pte) not in self._file_frames
        return self.ptes.is_swapped(pte) or self.ptes.is_poison(pte)

    # The whole mapping

    def mprotect(self, area: int) -> Outcome:
        """Make an area read-only and writable again."""
        if any(self.ptes.is_marker(pte) for pte in self.areas[area].ptes):
            self.tally.met("1-mprotect")
        return Outcome()

    def mremap(self, area: int) -> Outcome:
        """Move an area to another place."""
        target = self.areas[area]
        if any(self.ptes.is_guard(pte) for pte in target.ptes):
            self.tally.met("7-guard-mremap")
        if Feature.EVENT_REMAP in self.features:
            if any(self.ptes.is_protected(pte) for pte in target.ptes):
                self.tally.met("6-mremap-event")
            return Outcome()
        self._forget_protection(target, "6-mremap")
        target.vm_flags = 0
        return Outcome()

    def munmap(self, area: int) -> Outcome:
        """Unmap an area and map the same again."""
        old = self.areas[area]
        if any(self.ptes.is_protected(pte) for pte in old.ptes):
            self.tally.met("5-munmap")
        if any(self.ptes.is_guard(pte) for pte in old.ptes):
            self.tally.met("7-guard-munmap")
        for pte in old.ptes:
            if self.ptes.is_swapped(pte):
                del self._slots[self.ptes.slot(pte)]
        self.areas[area] = Area(old.kind, old.file)
        return Outcome()

    def fork(self) -> Outcome:
        """Fork, look at the child, and let it end."""
        return Outcome(child=[[self._letters(pte) for pte in self._copied(a)] for a in self.areas])

    def _copied(self, area: Area) -> Iterator[int]:
        """Yield the ptes that a child gets."""
        had = any(self.ptes.is_protected(pte) for pte in area.ptes)
        keeps = Feature.EVENT_FORK in self.features and self.ptes.userfaultfd.userfaultfd_wp(
            self._vma(area)
        )
        if had:
            self.tally.met("6-fork-event" if keeps else "6-fork")
        if any(self.ptes.is_guard(pte) for pte in area.ptes):
            self.tally.met("7-guard-fork")
        for pte in area.ptes:
            if not keeps and not area.is_copied:
                yield 0  # faults will find it all again
            elif keeps:
                yield pte
            elif self.ptes.is_marker(pte):
                yield 0
            else:
                yield self.ptes.unprotect(pte) if self.ptes.is_protected(pte) else pte

    # Parts

    def _forget_protection(self, area: Area, rule: str) -> None:
        if any(self.ptes.is_protected(pte) for pte in area.ptes):
            self.tally.met(rule)
        for page, pte in enumerate(area.ptes):
            if self.ptes.is_marker(pte):
                area.ptes[page] = 0
            elif self.ptes.is_protected(pte):
                area.ptes[page] = self.ptes.unprotect(pte)

    def _letters(self, pte: int) -> str:
        is_file = self.ptes.is_mapped(pte) and self.ptes.frame(pte) in self._file_frames
        return self.ptes.letters(pte, is_file=is_file)

    def _vma(self, area: Area) -> object:
        kind = "shmem" if area.is_file_backed else "anon"
        return self.ptes.userfaultfd.Vma(kind, area.vm_flags)

    def _mappings(self, file: int) -> Sequence[Area]:
        return [area for area in self.areas if area.file is self.files[file]]

    def _forget(self, file: int, page: int) -> None:
        self._file_frames.discard(self.files[file].cache.pop(page, -1))

    def _mapcount(self, frame: int) -> int:
        if frame == ZERO_FRAME:
            return 0  # never reclaimed
        ptes = [pte for area in self.areas for pte in area.ptes if self.ptes.is_mapped(pte)]
        return sum(self.ptes.frame(pte) == frame for pte in ptes)

    def _new_frame(self) -> int:
        self._frames += 1
        return self._frames

    def _cached(self, file: File | None, page: int) -> int:
        assert file is not None
        if page not in file.cache:
            file.cache[page] = self._new_frame()
            self._file_frames.add(file.cache[page])
        return file.cache[page]
