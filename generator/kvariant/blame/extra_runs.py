# SPDX-License-Identifier: MIT
"""What blame asks of the trees of plans: where it may search, and extra variants run there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from kvariant.blame.observed import observed
from kvariant.blame.rounds import extra_fragment, write_fragments
from kvariant.blame.tree_search import TreeSearch
from kvariant.plan import Plan, Plans, Selection, beyond
from kvariant.space.edges import edges_of

if TYPE_CHECKING:  # loaded where something is asked of it
    from kvariant.blame.runs import Variants
    from kvariant.kconfig import Configuration
    from kvariant.results.cell import Cell
    from kvariant.space import Space


def tree_searches(plans: Plans, selection: Selection) -> Mapping[str, TreeSearch]:
    """Return by environment what may be asked of each tree."""
    return {plan.environment.name: _search(plan, plans, selection) for plan in plans}


def _search(plan: Plan, plans: Plans, selection: Selection) -> TreeSearch:
    environment = plan.environment

    def space() -> Space:
        from kvariant.space import Space

        found = Space.of(plan.tree)
        for where in (plan.promise.where, selection.within(environment.values).where):
            found = found if where is None else found.restricted(where)
        return found

    def edges() -> Mapping[str, Sequence[str]]:
        templates = plan.templates
        return edges_of(
            plan.tree.model,
            plan.tree.dialect,
            conditions=templates.conditions if templates else (),
            compared=templates.comparisons if templates else None,
        )

    return TreeSearch(
        space,
        lambda cells, known: observed(Plans((plan,)), cells, {environment.name: known}),
        beyond(plan, plans),
        plan.base.configuration if plan.base else None,
        edges=edges,
    )


class ExtraRuns:
    """Runs extra variants, each in its tree, from fragments that stay for who runs them again.

    See `VariantRuns`.
    """

    def __init__(
        self,
        plans: Plans,
        run: Callable[[Plans, Selection], Sequence[Cell]],
        forget: Callable[[str], None],
    ) -> None:
        """Take plans.

        Args:
            plans: those of the matrix.
            run: runs others that were chosen beside them.
            forget: takes away what a variant has left in the state folder.
        """
        self._plans = plans
        self._run = run
        self._forget = forget
        self._every: dict[str, dict[str, Configuration]] = {}
        """All that have run: commands that run them again name their fragments."""

    def run(self, variants: Variants, *, anew: bool = False) -> Sequence[Cell]:
        """Run the steps in each variant; return their cells."""
        for name in (name for mine in variants.values() for name in mine if anew):
            self._forget(name)
        plans, state = self._plans, self._plans.project.state
        for environment, mine in variants.items():
            self._every.setdefault(environment, {}).update(mine)
        write_fragments(state, self._every, {p.environment.name: p.tree for p in plans})
        new = {name: [extra_fragment(state, v) for v in mine] for name, mine in variants.items()}
        others = Selection(configs=tuple(path for paths in new.values() for path in paths))
        return self._run(plans.choosing(new), others)
