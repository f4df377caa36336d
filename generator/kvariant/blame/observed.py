# SPDX-License-Identifier: MIT
"""What is known of failures: by who has just run variants, and by who reads it once more.

Whoever ran them (a sweep, a pytest session, a database of both), the same failures in the
same variants have the same explanation: it is made here, from cells and the trees' values.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kvariant.blame.attribution import Conjunction, apart
from kvariant.blame.compiler_messages import FoldedMessage, folded_messages
from kvariant.blame.equivalence import LARGEST, classes
from kvariant.blame.findings import Observations
from kvariant.blame.named_symbols import NamedSymbols
from kvariant.plan import Facts, Plans, beyond, trees_at_hand

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration
    from kvariant.project import Project
    from kvariant.results.cell import Cell
    from kvariant.results.merge import MergedResults


def observed(
    plans: Plans, cells: Sequence[Cell], configurations: Mapping[str, Mapping[str, Configuration]]
) -> Observations:
    """Return what cells say about the trees of plans.

    Args:
        configurations: by environment, then by variant.
    """
    facts = Facts.of(plans, configurations)
    trees = [(plan.tree, beyond(plan, plans)) for plan in plans]
    return Observations(
        cells,
        facts.configurations,
        facts.types,
        facts.read,
        facts.settable,
        lambda conjunctions: classes(conjunctions, trees),
        facts.asked,
    )


def observed_once_more(project: Project, results: MergedResults) -> Observations:
    """Return what stored results say; about the project's trees, where they are at hand.

    A tree is read where there is a choice of explanations, and no sooner.
    """
    trees = functools.cache(lambda: trees_at_hand(project))

    def at_hand(conjunctions: Sequence[Conjunction]) -> Sequence[Sequence[Conjunction]]:
        is_asked = len(conjunctions) > 1 and len(results.columns.symbols) <= LARGEST
        return classes(conjunctions, trees()) if is_asked and trees() else apart(conjunctions)

    return Observations.of(results, at_hand)


def messages_of(
    project: Project, cells: Sequence[Cell], observations: Observations
) -> tuple[FoldedMessage, ...]:
    """Return what compilers said in a project's cells, each message once."""
    return folded_messages(
        cells,
        observations,
        roots=(project.kconfig.parent, project.root),
        folders=(project.output.name,) if project.output else (),
        reads=NamedSymbols(project, observations.symbols),
    )
