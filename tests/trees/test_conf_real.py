# SPDX-License-Identifier: MIT
"""Real trees, each against the conf that it ships: defconfigs, random ones, samples.

Both sides have the same environment, so that their `$(shell ...)` probes ask the same
programs. KVARIANT_WIDE=N (any N) takes every architecture and every defconfig, and twenty
each of random assignments, randconfigs and samples: hours for Linux, so choose with -k.
KVARIANT_RECORD=FILE keeps the figures.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import agreement
import conf_session
import pytest
import record
from agreement import Differing, Ours
from conf_session import Outcome, Session
from real_trees import (
    ARCHITECTURES,
    RELEASES,
    RealTree,
    linux_tree,
    random_fragment,
    u_boot_tree,
)

import debian
from kvariant import Tree
from kvariant.kconfig import read_fragment

WIDE = bool(int(os.environ.get("KVARIANT_WIDE", "0")))
DIALECT = os.environ.get("KVARIANT_WIDE_DIALECT") or None

DEFCONFIGS = 0 if WIDE else 2
"""How many are read; 0: all."""

COUNT = 20 if WIDE else 2
"""Random assignments, randconfigs, samples."""

SHOWN = 10


@dataclass
class Figures:
    """What was compared of one tree."""

    defconfigs: int = 0
    random: int = 0
    randconfigs: int = 0
    samples: int = 0
    leaks: int = 0
    values: int = 0
    """Values compared in all."""
    differing: int = 0
    faults: list[str] = field(default_factory=list, repr=False)

    def compare(self, what: str, outcome: Outcome, different: Differing) -> None:
        """Count one comparison."""
        self.values += len(outcome.values)
        self.differing += len(different)
        if different:
            shown = [f"{n}: {t!r}, ours {o!r}" for n, (t, o) in list(different.items())[:SHOWN]]
            self.faults.append(f"{what}: {len(different)} differ\n  " + "\n  ".join(shown))


_LINUX = [(r, a) for r in RELEASES for a in ((*ARCHITECTURES, "ia64") if WIDE else ("x86",))]

TREES: dict[str, Callable[[], RealTree]] = {
    **{f"linux-{r}-{a}": functools.partial(linux_tree, r, a) for r, a in _LINUX},
    "u-boot": u_boot_tree,
}
"""The trees of this run, each made when it is needed."""

SPACES = {name for name in TREES if WIDE or name in ("u-boot", "linux-7.2-x86")}
"""Whose space is asked: building one of Linux takes ten seconds or so."""


@pytest.mark.parametrize("name", list(TREES))
def test_a_tree_is_what_its_own_conf_makes_of_it(name: str, tmp_path: Path) -> None:
    """No value differs from the tree's own conf, in no configuration, from either side."""
    try:
        real = TREES[name]()
    except debian.Unavailable as reason:
        pytest.skip(str(reason))
    started = time.perf_counter()
    tree = Tree.load(real.entry, env=real.environment, dialect=DIALECT or "auto")
    loaded = time.perf_counter() - started
    ours = Ours(tree, tmp_path, escapes=real.escapes)
    figures = Figures()
    with conf_session.reading(real.conf, real.entry, real.environment) as session:
        _defconfigs(session, ours, chosen(real.defconfigs), figures)
        _random(session, ours, figures, leaks="6.1-" in name or name == "u-boot")
        if name in SPACES:
            _randconfigs(session, ours, figures)
            _samples(session, ours, figures)
    record.keep(
        "real",
        {
            "tree": real.name,
            "version": real.version,
            "architecture": real.architecture,
            "symbols": len(tree.symbols),
            "defconfigs": figures.defconfigs,
            "random": figures.random,
            "randconfigs": figures.randconfigs,
            "samples": figures.samples,
            "leaks": figures.leaks,
            "values": figures.values,
            "differing": figures.differing,
            "load_seconds": round(loaded, 1),
            "seconds": round(time.perf_counter() - started, 1),
        },
    )
    print(f"{real}: {figures}")
    if figures.faults:
        pytest.fail(f"{real}: {figures}\n" + "\n".join(figures.faults[:SHOWN]), pytrace=False)
    assert figures.random == COUNT
    assert figures.defconfigs or not real.defconfigs
    assert figures.values > 1000


def chosen(defconfigs: Sequence[Path]) -> Sequence[Path]:
    """Return the defconfigs of this run, spread over those there are."""
    return (
        defconfigs[:: len(defconfigs) // DEFCONFIGS or 1][:DEFCONFIGS] if DEFCONFIGS else defconfigs
    )


def _defconfigs(session: Session, ours: Ours, paths: Sequence[Path], figures: Figures) -> None:
    for path in paths:
        outcome = session.defconfig(path)
        configuration = ours.tree.resolve(read_fragment(path))
        different = agreement.differing(outcome, configuration)
        figures.defconfigs += 1
        figures.compare(path.name, outcome, different)


def _random(session: Session, ours: Ours, figures: Figures, *, leaks: bool) -> None:
    defaults = session.alldefconfig()
    for seed in range(COUNT):
        fragment = random_fragment(defaults, seed)
        outcome = session.olddefconfig(fragment)
        different = agreement.differing(outcome, ours.resolve(fragment))
        if different and leaks and agreement.is_own_leak(session, ours, fragment):
            figures.leaks += 1
            different = {}
        figures.random += 1
        figures.compare(f"random assignment {seed}", outcome, different)


def _randconfigs(session: Session, ours: Ours, figures: Figures) -> None:
    for seed in range(1, COUNT + 1):
        outcome = session.olddefconfig(session.randconfig(seed).text)
        different = agreement.differing(outcome, ours.resolve(outcome.text))
        different = different or agreement.solved(session, ours, outcome)
        figures.randconfigs += 1
        figures.compare(f"randconfig {seed}", outcome, different)


def _samples(session: Session, ours: Ours, figures: Figures) -> None:
    for i, sample in enumerate(ours.space.sample(COUNT, seed=1)):
        outcome = session.olddefconfig(ours.fragment_text(sample.assignment))
        different = agreement.differing(outcome, sample)
        if not different:  # as a whole file too
            outcome = session.olddefconfig(ours.tree.config_text(sample))
            different = agreement.differing_in_writing(ours, outcome, sample)
        figures.samples += 1
        figures.compare(f"sample {i}", outcome, different)
