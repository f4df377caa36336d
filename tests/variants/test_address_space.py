# SPDX-License-Identifier: MIT
"""A simulated address space keeps userfaultfd's promises on top of the generated helpers.

The space (tests/model) remembers protection in ptes only. The machine here
remembers it in a set, by the rules alone: whatever zaps, swaps, forks and
moves happen, the two must tell the same story.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from model.ptes import Ptes
from model.rules import Tally
from model.script import FEATURES, opening, random_features, random_step
from model.space import LAYOUT, PAGES, Feature, Kind, Outcome, Space

QUICK = settings(
    max_examples=25, stateful_step_count=30, derandomize=True, database=None, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip

SCRIPTS, STEPS = 80, 40

AREAS = st.integers(0, len(LAYOUT) - 1)
PAGE = st.integers(0, PAGES - 1)
SPANS = st.tuples(PAGE, PAGE).map(lambda ends: (min(ends), abs(ends[0] - ends[1]) + 1))
"""(first page, number of pages)"""
FILE_BACKED = [kind is not Kind.ANON for _, kind in LAYOUT]


def available_features(facts) -> Feature:
    """Return what a kernel of this configuration lets a userfaultfd be opened with."""
    later = Feature.WP_UNPOPULATED | Feature.WP_ASYNC
    has_later = facts.since("6_12") and facts["PTE_MARKER_UFFD_WP"]
    return Feature.EVENT_FORK | Feature.EVENT_REMAP | (later if has_later else Feature.NONE)


class Promises:
    """A space, and what it has promised: the set of protected pages of each area.

    Methods are named like those of `Space`; each does the operation, checks what
    came of it, and notes what is promised from now on.
    """

    def __init__(self, facts, ptes: Ptes, features: Feature, tally: Tally) -> None:
        self.facts, self.ptes, self.features = facts, ptes, features
        self.space = Space(ptes, features, has_swap=facts["SWAP"], tally=tally)
        self.protected: list[set[int]] = [set() for _ in LAYOUT]
        self.poisoned: list[set[int]] = [set() for _ in LAYOUT]
        self.guarded: list[set[int]] = [set() for _ in LAYOUT]

    def check(self) -> None:
        """Check what always holds."""
        letters = self.space.letters()
        assert [sorted(pages) for pages in self.protected] == shown(letters, "W")
        assert [sorted(pages) for pages in self.guarded] == shown(letters, "G")
        facts, ptes = self.facts, self.space.distinct
        if not facts["PTE_MARKER_UFFD_WP"] or facts.seed:  # the seed refuses files all the same
            assert [] == [hex(pte) for pte in ptes if self.ptes.is_marker(pte)]
        if not facts["PTE_MARKER_UFFD_WP"]:
            any_form = self.ptes.userfaultfd.pte_swp_uffd_wp_any
            assert [] == [hex(pte) for pte in ptes if any_form(pte)]
        kinds = (self.ptes.is_mapped, self.ptes.is_swapped, self.ptes.is_vacant)
        assert [1] * len(ptes) == [sum(kind(pte) for kind in kinds) for pte in ptes]

    def finish(self) -> None:
        """Check that a write to a page that is still protected is reported, whatever happened."""
        for area, pages in enumerate(self.protected):
            for page in sorted(pages):
                self.write(area, page, copy_wp=True)

    @property
    def is_async(self) -> bool:
        return Feature.WP_ASYNC in self.features

    # What userfaultfd is asked

    def register(self, area: int, modes: str) -> None:
        if not self.space.is_registered(area):
            expected = self._expected_registration(area, modes)
            assert expected == self.space.register(area, modes).result

    def _expected_registration(self, area: int, modes: str) -> str:
        facts = self.facts
        if not facts["USERFAULTFD"]:
            return "ENOSYS"
        if "w" in modes and not facts["HAVE_ARCH_USERFAULTFD_WP"]:
            return "EINVAL"
        if not FILE_BACKED[area] or (self.is_async and modes == "w"):
            return "ok"
        can_protect = facts["PTE_MARKER_UFFD_WP"] and not facts.seed
        return "ok" if facts["SHMEM"] and ("w" not in modes or can_protect) else "EINVAL"

    def protect(self, area: int, start: int, count: int) -> None:
        before = self.space.letters()[area]
        if self.space.protect(area, start, count).result != "ok":
            return
        marks = FILE_BACKED[area] or self.features & (Feature.WP_UNPOPULATED | Feature.WP_ASYNC)
        for page in range(start, start + count):
            fails = page in self.poisoned[area] | self.guarded[area]
            if not fails and (marks or before[page] != "-"):
                self.protected[area].add(page)

    def unprotect(self, area: int, start: int, count: int) -> None:
        if self.space.unprotect(area, start, count).result == "ok":
            self.protected[area] -= set(range(start, start + count))

    def unregister(self, area: int) -> None:
        self.space.unregister(area)
        self.protected[area].clear()

    def copy(self, area: int, page: int, wp: bool) -> None:
        if self.space.copy(area, page, wp=wp).result == "ok":
            assert page not in self.guarded[area] or not self.facts.leaves  # 6.19 mended that
            self.guarded[area].discard(page)
            self._copied(area, page, wp)

    def _copied(self, area: int, page: int, wp: bool) -> None:
        self.poisoned[area].discard(page)
        self.protected[area].discard(page)
        if wp:
            self.protected[area].add(page)

    def poison(self, area: int, page: int) -> None:
        if self.space.poison(area, page).result == "ok":
            assert page not in self.guarded[area]
            self.poisoned[area].add(page)

    # Guards

    def guard(self, area: int, start: int, count: int) -> None:
        pages = set(range(start, start + count))
        for_ever = FILE_BACKED[area] and bool(pages & self.protected[area])
        assert for_ever == self.space.guards_for_ever(area, start, count)
        if not for_ever:
            self.space.guard(area, start, count)
            self.guarded[area] |= pages
            self.protected[area] -= pages
            self.poisoned[area] -= pages

    def unguard(self, area: int, start: int, count: int) -> None:
        self.space.unguard(area, start, count)
        self.guarded[area] -= set(range(start, start + count))

    # Accesses

    def read(self, area: int, page: int, copy_wp: bool) -> None:
        outcome = self.space.read(area, page, copy_wp=copy_wp)
        self._accessed(outcome, area, page, copy_wp, is_write=False)

    def write(self, area: int, page: int, copy_wp: bool) -> None:
        outcome = self.space.write(area, page, copy_wp=copy_wp)
        self._accessed(outcome, area, page, copy_wp, is_write=True)

    def _accessed(
        self, outcome: Outcome, area: int, page: int, copy_wp: bool, *, is_write: bool
    ) -> None:
        """Check what an access reported: a missing page perhaps, a protected one if written."""
        kinds = [event.kind for event in outcome.events]
        assert (page in self.poisoned[area] | self.guarded[area]) == (outcome.result == "EFAULT")
        if kinds[:1] == ["missing"]:
            assert self.space.is_registered(area, "missing")
            self._copied(area, page, copy_wp and self.space.is_registered(area, "wp"))
            kinds.pop(0)
        reports = is_write and page in self.protected[area] and not self.is_async
        assert ["wp"] * reports == kinds
        if is_write:
            self.protected[area].discard(page)

    def populate(self, area: int, is_write: bool, copy_wp: bool) -> None:
        for page in range(PAGES):
            (self.write if is_write else self.read)(area, page, copy_wp)

    # What happens to pages and mappings

    def dontneed(self, area: int, start: int, count: int) -> None:
        self.space.dontneed(area, start, count)
        self.poisoned[area] -= set(range(start, start + count))
        if not FILE_BACKED[area]:
            self.protected[area] -= set(range(start, start + count))

    def punch(self, file: int, start: int, count: int) -> None:
        self.space.punch(file, start, count)

    def truncate(self, file: int, start: int) -> None:
        self.space.truncate(file, start)
        for area, is_file_backed in enumerate(FILE_BACKED):
            if is_file_backed:
                self.poisoned[area] -= set(range(start, PAGES))

    def pageout(self, area: int, start: int, count: int) -> None:
        self.space.pageout(area, start, count)

    def mprotect(self, area: int) -> None:
        self.space.mprotect(area)

    def mremap(self, area: int) -> None:
        self.space.mremap(area)
        if Feature.EVENT_REMAP not in self.features:
            self.protected[area].clear()

    def munmap(self, area: int) -> None:
        self.space.munmap(area)
        self.protected[area].clear()
        self.poisoned[area].clear()
        self.guarded[area].clear()

    def fork(self) -> None:
        child = self.space.fork().child
        assert child is not None
        inherits = Feature.EVENT_FORK in self.features
        assert [sorted(pages) if inherits else [] for pages in self.protected] == shown(child, "W")
        assert [sorted(pages) for pages in self.guarded] == shown(child, "G")


class Machine(RuleBasedStateMachine):
    """Promises, in any order that Hypothesis thinks of."""

    facts, ptes = None, None  # of the variant, set by the test
    promises: Promises | None = None

    @initialize(
        chosen=st.tuples(*[st.booleans()] * len(FEATURES)),
        modes=st.tuples(*[st.sampled_from(["w", "mw", "w", "m", ""])] * len(LAYOUT)),
    )
    def open(self, chosen, modes):
        features = Feature.NONE
        for feature, is_on in zip(FEATURES, chosen, strict=True):
            features |= feature if is_on else Feature.NONE
        features &= available_features(self.facts)
        self.promises = Promises(self.facts, self.ptes, features, Tally())
        for area, wanted in enumerate(modes):  # left to chance alone, it is rarely done
            if wanted:
                self.promises.register(area, wanted)

    @rule(area=AREAS, modes=st.sampled_from(["w", "w", "w", "mw", "m"]))
    def register(self, area, modes):
        self.promises.register(area, modes)

    @rule(name=st.sampled_from(["protect", "unprotect"]), area=AREAS, span=SPANS)
    def change_protection(self, name, area, span):
        getattr(self.promises, name)(area, *span)

    @rule(name=st.sampled_from(["dontneed", "pageout"]), area=AREAS, span=SPANS)
    def zap_area(self, name, area, span):
        getattr(self.promises, name)(area, *span)

    @rule(span=SPANS)
    def punch(self, span):
        self.promises.punch(0, *span)

    @rule(start=PAGE)
    def truncate(self, start):
        self.promises.truncate(0, start)

    @rule(name=st.sampled_from(["read", "write"]), area=AREAS, page=PAGE, copy_wp=st.booleans())
    def access(self, name, area, page, copy_wp):
        getattr(self.promises, name)(area, page, copy_wp)

    @rule(area=AREAS, page=PAGE, wp=st.booleans())
    def copy(self, area, page, wp):
        self.promises.copy(area, page, wp)

    @precondition(lambda self: self.ptes.can_poison)
    @rule(area=AREAS, page=PAGE)
    def poison(self, area, page):
        self.promises.poison(area, page)

    @precondition(lambda self: self.ptes.can_guard)
    @rule(name=st.sampled_from(["guard", "guard", "unguard"]), area=AREAS, span=SPANS)
    def change_guards(self, name, area, span):
        getattr(self.promises, name)(area, *span)

    @rule(name=st.sampled_from(["mremap", "munmap", "unregister"]), area=AREAS)
    def change_mapping(self, name, area):
        getattr(self.promises, name)(area)

    @rule()
    def fork(self):
        self.promises.fork()

    @invariant()
    def holds(self):
        if self.promises:
            self.promises.check()

    def teardown(self):
        if self.promises:
            self.promises.finish()


def shown(letters: list[list[str]], letter: str) -> list[list[int]]:
    """Return the pages of each area that show a letter."""
    return [[page for page, text in enumerate(area) if letter in text] for area in letters]


def test_promises(facts, variant):
    """Protection is kept and forgotten as the rules say, in whatever order things happen."""
    machine = type("Machine", (Machine,), {"facts": facts, "ptes": Ptes(variant)})
    run_state_machine_as_test(machine, settings=QUICK)


def test_random_scripts(facts, variant):
    """The scripts that also run on a live kernel keep the promises in every variant."""
    ptes, tally = Ptes(variant), Tally()
    for seed in range(SCRIPTS):
        random = Random(seed)
        features = random_features(random, available_features(facts))
        promises = Promises(facts, ptes, features, tally)
        for step in opening(random):
            promises.register(**step.arguments)
        for _ in range(STEPS):
            step = random_step(random, promises.space)
            getattr(promises, step.name)(**step.arguments)
            promises.check()
        promises.finish()
    assert expected_rules(facts) <= set(tally)


def expected_rules(facts) -> set[str]:
    """Return the rules that scripts must meet, lest the test be about nothing."""
    rules = {"1-unprotected", "1-pageout-clean"}
    if facts.since("6_18"):
        rules |= {"7-guard", "7-guard-access", "7-guard-kept", "7-guard-remove", "7-guard-fork"}
        rules |= {"7-guard-mremap", "7-guard-munmap"}
        if facts["USERFAULTFD"] and facts["HAVE_ARCH_USERFAULTFD_WP"]:
            rules |= {"7-guard-wp"}
    if facts["USERFAULTFD"] and facts["HAVE_ARCH_USERFAULTFD_WP"]:
        rules |= {"1-present", "2-page", "3-page", "4-zap", "6-fork"}
        rules |= {"swap-out", "swap-in"} if facts["SWAP"] else {"1-anon-pageout"}
        if facts["PTE_MARKER_UFFD_WP"] and facts["SHMEM"] and not facts.seed:
            rules |= {"1-untouched", "1-dontneed", "1-punch", "1-truncate", "1-kept", "1-pageout"}
            rules |= {"2-read", "2-write", "3-marker", "6-fork-event", "6-mremap"}
        else:
            rules.add("9-refused")
    return rules


@pytest.fixture
def space_of(facts, variant):
    """Make spaces of this variant."""
    return lambda features=Feature.NONE: Space(
        Ptes(variant), features, has_swap=facts["SWAP"], tally=Tally()
    )


def zaps(space: Space, area: int) -> None:
    """Do everything that takes pages away, in several orders."""
    for page in range(PAGES):
        space.pageout(area, page, 1)
        space.read(area, page)
        space.dontneed(area, page, 1)
        space.read(area, page)
        space.punch(0, page, 1)
        space.truncate(0, page)
        space.pageout(area, page, 1)


@pytest.mark.kconfig("PTE_MARKER_UFFD_WP && !KERNEL_V5_19_PRE && SHMEM")
@pytest.mark.parametrize("area", [0, 2], ids=["shared", "private"])
@pytest.mark.parametrize("is_touched", [False, True], ids=["untouched", "written"])
def test_file_backed_protection_survives(space_of, area, is_touched):
    """A write-protected file-backed page still faults after any sequence of zaps and swaps."""
    space = space_of()
    assert "ok" == space.register(area, "w").result
    for page in range(PAGES if is_touched else 0):
        space.write(area, page)
    space.protect(area, 0, PAGES)
    zaps(space, area)
    reports = [[event.kind for event in space.write(area, page).events] for page in range(PAGES)]
    assert [["wp"]] * PAGES == reports
    assert [[]] * PAGES == [space.write(area, page).events for page in range(PAGES)]


@pytest.mark.kconfig("USERFAULTFD && HAVE_ARCH_USERFAULTFD_WP")
def test_anonymous_protection_does_not_survive_a_zap(space_of):
    """Anonymous memory keeps its protection through swap and loses it when zapped."""
    area, space = 3, space_of()
    assert "ok" == space.register(area, "w").result
    for page in range(PAGES):
        space.write(area, page)
    space.protect(area, 0, PAGES)
    space.pageout(area, 0, PAGES)
    assert ["wp"] == [event.kind for event in space.write(area, 0).events]
    space.dontneed(area, 1, PAGES - 1)
    assert [[]] * (PAGES - 1) == [space.write(area, page).events for page in range(1, PAGES)]


@pytest.mark.kconfig("USERFAULTFD && (!PTE_MARKER_UFFD_WP || KERNEL_V5_19_PRE)")
@pytest.mark.parametrize("area", [0, 2], ids=["shared", "private"])
def test_refused_without_the_option(space_of, area):
    """Without the option a file-backed area is refused, and nothing is ever protected."""
    space = space_of()
    assert "EINVAL" == space.register(area, "w").result
    assert "ENOENT" == space.protect(area, 0, PAGES).result
    zaps(space, area)
    assert "W" not in "".join(space.letters()[area])


@pytest.mark.kconfig("!USERFAULTFD")
def test_no_userfaultfd(space_of):
    """Without userfaultfd nothing can be registered, and nothing is."""
    space = space_of()
    results = [space.register(area, "w").result for area in range(len(LAYOUT))]
    assert ["ENOSYS"] * len(LAYOUT) == results
    assert not any(space.is_registered(area) for area in range(len(LAYOUT)))


@pytest.mark.kconfig("SINCE_V6_18")
@pytest.mark.parametrize("area", range(len(LAYOUT)), ids=[kind.value for _, kind in LAYOUT])
def test_guards(space_of, area):
    """A guard outlives all that takes pages away; only its removal, or a new mapping, ends it."""
    space = space_of()
    for page in range(PAGES):
        space.write(area, page)
    assert "ok" == space.guard(area, 1, 2).result
    guarded = ["", "SG", "SG", ""]
    for take_away in (space.dontneed, space.pageout):
        take_away(area, 0, PAGES)
    space.punch(0, 0, PAGES)
    space.truncate(0, 0)
    space.mremap(area)
    assert guarded == [letters * ("G" in letters) for letters in space.letters()[area]]
    results = [space.write(area, page).result for page in range(PAGES)]
    assert (
        ["ok", "EFAULT", "EFAULT", "ok"]
        == results
        == [space.read(area, page).result for page in range(PAGES)]
    )
    child = space.fork().child
    assert child is not None
    assert guarded == [letters * ("G" in letters) for letters in child[area]]
    space.unguard(area, 0, 2)
    assert ["ok", "ok", "EFAULT", "ok"] == [space.read(area, page).result for page in range(PAGES)]
    space.munmap(area)
    assert ["ok"] * PAGES == [space.write(area, page).result for page in range(PAGES)]


@pytest.mark.kconfig("SINCE_V6_18 && USERFAULTFD")
def test_fillings_of_guards(facts, space_of):
    """UFFDIO_COPY filled a guard like an empty page up to 6.18; UFFDIO_POISON always failed."""
    area, space = 3, space_of()
    space.register(area, "m")
    space.guard(area, 0, 1)
    assert "EEXIST" == space.poison(area, 0).result
    expected = ("EEXIST", "SG") if facts.leaves else ("ok", "P")
    assert expected == (space.copy(area, 0, wp=False).result, space.letters()[area][0])
