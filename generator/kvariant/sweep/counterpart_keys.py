# SPDX-License-Identifier: MIT
"""What the relation `unchanged` reads of a variant beside its own files: its counterparts.

The plugin compares a variant with the same that has one option more, which it resolves and
renders itself. All that it may read of that is here: its values, its rendered files, what
builds its C. So an edit of a template, or of Kconfig, has the tests of a variant run again
where its own files or those of a counterpart differ, and of no other.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.build import build_key, recipe
from kvariant.digest import digest
from kvariant.errors import MissingError
from kvariant.plan.digests import configuration_digest, values_digest
from kvariant.render.relations import Relations, Unchanged, with_added
from kvariant.results.store import Kept
from kvariant.sweep.generate_step import sources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kvariant.kconfig import Configuration
    from kvariant.plan import Plan, Plans, Variant
    from kvariant.results.store import Store

STEP = "/counterparts"
"""The name under which the store has their digests; no step is named so."""


class CounterpartKeys:
    """The digests of variants' counterparts."""

    def __init__(self, plans: Plans, store: Store, *, keeps: bool) -> None:
        """Take plans.

        Args:
            plans: those of the sweep.
            store: where digests are kept by what they are made from.
            keeps: whether it may be written to.
        """
        self._plans = plans
        self._store = store
        self._keeps = keeps

    def of(self, variant: Variant) -> str:
        """Return the digest of a variant's counterparts, "" where nothing asks for any."""
        return self._digests.get(variant.name, "")

    @cached_property
    def _digests(self) -> Mapping[str, str]:
        """The digests of all variants: one transaction keeps what is new."""
        asked = {plan.environment.name: _added(plan) for plan in self._plans}
        made_from = {plan.environment.name: sources(plan) for plan in self._plans}
        due: dict[str, tuple[Variant, str]] = {}
        for variant in self._plans.variants:
            if symbols := asked[variant.environment]:
                values = configuration_digest(variant.configuration)
                key = digest([made_from[variant.environment], values, *symbols])
                due[variant.name] = variant, key
        kept = self._store.kept((STEP, key) for _, key in due.values())
        found: dict[str, str] = {}
        new: dict[tuple[str, str], Kept] = {}
        for name, (variant, key) in due.items():
            before = kept.get((STEP, key))
            if before and before.reason:
                found[name] = before.reason
                continue
            plan, symbols = self._plans[variant], asked[variant.environment]
            found[name] = digest(_one(plan, variant.configuration, s) for s in symbols)
            new[STEP, key] = Kept(reason=found[name])
        if new and self._keeps:
            self._store.record((), new)
        tools = _tools() if found else ""
        return {name: digest([text, tools]) for name, text in found.items()}


def _added(plan: Plan) -> Sequence[str]:
    """Return the symbols that relations add."""
    templates = plan.templates
    folder = plan.project.templates
    if folder is None or templates is None or templates.interface is None:
        return ()
    relations = Relations.read(folder, templates.interface)
    every = relations.declared.values()
    return tuple(dict.fromkeys(r.adding for r in every if isinstance(r, Unchanged)))


def _one(plan: Plan, configuration: Configuration, symbol: str) -> str:
    """Return the digest of the counterpart with a symbol added; "" where there is none."""
    added = with_added(plan.tree, configuration, symbol)
    if added is None or plan.templates is None:
        return ""
    files = plan.templates.render(added).files
    parts = recipe(Path("counterpart"), files, plan.templates.interface, added)
    rendered = (f"{path}\0{text}" for path, text in sorted(files.items()))
    return digest([values_digest(added), parts.digest if parts else "", *rendered])


def _tools() -> str:
    """Return the digest of what builds their C."""
    try:
        return build_key("")
    except MissingError:
        return ""
