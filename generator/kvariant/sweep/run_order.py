# SPDX-License-Identifier: MIT
"""Which variants of a sweep with a budget go first.

They are put in order twice. Before anything is generated, by what earlier
sweeps know: what ended well last is taken for covered, as it mostly is reused. Then, when
it is known what really has to run, by that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from kvariant.results.cell import GENERATE
from kvariant.results.history import History
from kvariant.sweep.predictions import Predictions
from kvariant.sweep.priority import Urgency, Waiting, prioritized
from kvariant.sweep.schedule import Action, Schedule
from kvariant.sweep.shared_tuples import shared_tuples

if TYPE_CHECKING:
    from kvariant.plan import Variant
    from kvariant.plan.variant_table import VariantTable
    from kvariant.steps.job import CellId
    from kvariant.sweep.request import Sweep


class RunOrder:
    """The order of some variants in a sweep with a budget."""

    def __init__(
        self,
        sweep: Sweep,
        variants: Sequence[Variant],
        columns: VariantTable,
        history: Mapping[CellId, History],
    ) -> None:
        """Take what there is to run, and what ran before.

        Args:
            variants: in the matrix's order.
            columns: their values, and those of others.
        """
        self._steps = [step.name for step in sweep.steps.generated]
        self._generates = sweep.generates
        self._names = [variant.name for variant in variants]
        self._variants = {variant.name: variant for variant in variants}
        self._history = history
        self.predictions = Predictions(history)
        self._tuples = shared_tuples(sweep.goal, self._names, columns)

    def before(self) -> Sequence[Variant]:
        """Return the variants in the order in which they are generated."""
        ended = [i for i, name in enumerate(self._names) if self._urgency(name) is Urgency.RAN]
        cells = {name: [(name, step) for step in self._steps] for name in self._names}
        return [self._variants[name] for name in self._ordered(self._names, cells, ended)]

    def now(self, tasks: Schedule) -> Sequence[str]:
        """Return the variants that are in a schedule, in the order in which they run."""
        names = dict.fromkeys(name for name, _ in tasks)
        due = {
            name: [(name, step) for step in self._steps if tasks[name, step].do is Action.RUN]
            for name in names
        }
        is_free = {name for name, cells in due.items() if not cells}
        ended = [i for i, name in enumerate(self._names) if name in is_free]
        waiting = [name for name in self._names if name in names and name not in is_free]
        return [*self._ordered(waiting, due, ended), *(n for n in names if n in is_free)]

    def _ordered(
        self,
        names: Iterable[str],
        cells: Mapping[str, Sequence[CellId]],
        ended: Collection[int],
    ) -> list[str]:
        lanes = {name: lane for lane, name in enumerate(self._names)}
        waiting = [
            Waiting(lanes[name], self._urgency(name), self.predictions.of_all(cells[name]))
            for name in names
        ]
        return [self._names[lane] for lane in prioritized(waiting, self._tuples, ended)]

    def _urgency(self, name: str) -> Urgency:
        steps = [*([GENERATE] if self._generates else []), *self._steps]
        known = [self._history.get((name, step), History()) for step in steps]
        if any(one.is_bad for one in known):
            return Urgency.FAILED
        return Urgency.RAN if all(one.has_ended for one in known) else Urgency.NEVER_RAN
