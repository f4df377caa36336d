# SPDX-License-Identifier: MIT
"""What the verbs that run variants share: their command line, progress, and how to run again."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kvariant.blame.bundling import Bundles, GivenTree
from kvariant.cli.colour import is_refused
from kvariant.cli.options import SeveralValues, gathered
from kvariant.cli.printer import say, say_aside, shown, waiting_in
from kvariant.errors import KvariantError
from kvariant.report import cell_line
from kvariant.report.coverage_share import coverage_line
from kvariant.results import Cell, MergedResults, Store
from kvariant.results.other_rules import other_rules
from kvariant.results.store import SWEEPS
from kvariant.results.swept_coverage import SweptCoverage, ended_variants
from kvariant.steps import Steps, built_in_steps
from kvariant.steps.requirements import indifferent
from kvariant.sweep import Sweep, swept
from kvariant.sweep.again import Again
from kvariant.sweep.columns import columns_of
from kvariant.sweep.cost import Stopwatch
from kvariant.words import agreeing, counted

if TYPE_CHECKING:
    from kvariant.cli.tree_options import TreeOptions
    from kvariant.cli.variant_options import VariantOptions
    from kvariant.plan import Plans, Selection
    from kvariant.sweep.request import SweepOptions


class StepCommand(SeveralValues):
    """Takes what stands behind -- as it is: click would mix it with the arguments."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        before, mark, after = _split(args)
        rest = super().parse_args(ctx, before)
        if mark and not after:
            raise click.UsageError("no command stands after --", ctx)
        ctx.params["step_command"] = tuple(after)
        return rest


def _split(args: Sequence[str]) -> tuple[list[str], bool, list[str]]:
    if "--" not in args:
        return list(args), False, []
    place = list(args).index("--")
    return list(args[:place]), True, list(args[place + 1 :])


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How variants are run, and what is told meanwhile."""

    steps: tuple[str, ...]
    """Only these and what they need; none: all."""
    jobs: int | None
    """Cells at once; None: one per core."""
    step_command: tuple[str, ...] = ()
    """What stands after --."""
    quiet: bool = False
    """No progress."""
    verbose: bool = False
    """A line for each cell that ends, not only for those that fail."""

    @property
    def at_once(self) -> int:
        """How many cells run at a time."""
        return self.jobs or os.cpu_count() or 1

    def wanted(self, plans: Plans) -> Steps:
        """Return the steps that run, in order."""
        trees = [plan.tree for plan in plans]
        matrix = plans.plans[0].matrix.name
        every = Steps.of(
            plans.project,
            trees,
            built_in_steps(plans.outputs),
            self.step_command,
            "" if matrix == plans.project.matrix else matrix,
        )
        return every.restricted(self.steps)

    def tells(self, cell: Cell) -> bool:
        """Return whether an ended cell has a line."""
        return not cell.test and (self.verbose or cell.is_bad)


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which steps run, how many at once, and what is told: `running`."""
    fields = ("steps", "jobs", "step_command", "quiet", "verbose")
    command = gathered(command, "running", RunOptions, fields)
    for option in (
        click.option(
            "-j",
            "jobs",
            metavar="JOBS",
            type=click.IntRange(min=1),
            help="Cells at once  [default: one per core]",
        ),
        click.option(
            "--step",
            "steps",
            metavar="NAME",
            multiple=True,
            help="Only these steps and what they need",
        ),
    ):
        command = option(command)
    return command


@dataclass(frozen=True, kw_only=True)
class Running:
    """What a command runs variants with: of one plan after another, as blame does."""

    tree: TreeOptions
    variants: VariantOptions
    options: RunOptions
    remembered: int = SWEEPS
    """Sweeps that the results database has at most."""
    is_part: bool = False
    """Whether others say what is kept when it is interrupted."""

    def bundles(self, plans: Plans) -> Bundles:
        """Return what makes bundles of the failures of plans' variants."""
        tree = self.tree
        kconfig, here = tree.kconfig or "", Path.cwd()
        if kconfig and Path(kconfig).is_absolute() and Path(kconfig).is_relative_to(here):
            kconfig = str(Path(kconfig).relative_to(here))  # it is elsewhere in another checkout
        given = GivenTree(
            kconfig=kconfig,
            preset=tree.preset or "",
            dialect=tree.dialect or "",
            env=tree.env,
            shell=not tree.no_shell,
        )
        return Bundles(plans, self.options.wanted(plans), self.options.step_command, given)

    def cells(
        self,
        plans: Plans,
        selection: Selection,
        how: SweepOptions,
        stopwatch: Stopwatch | None = None,
    ) -> tuple[Cell, ...]:
        """Run the variants of plans and return their cells.

        Args:
            plans: what to run.
            selection: what they were made from.
            stopwatch: adds up how long commands run.
        """
        wanted = self.options.wanted(plans)
        total = len(plans.variants) * len(wanted.steps)
        with ExitStack() as open_until_the_end:
            ended: list[Cell] = []
            if not self.is_part:
                remark = _kept_when_interrupted(ended, total, lambda: _covered_before(plans, how))
                open_until_the_end.enter_context(remark)
            tells = None if self.options.quiet else self.options.tells
            show = open_until_the_end.enter_context(_progress(total, tells))

            def report(cell: Cell) -> None:
                if not cell.test:
                    ended.append(cell)
                show(cell)

            def store() -> Store:
                # Called when all is valid: an error makes the remark beside the point.
                if remark := indifferent(wanted, plans):
                    say_aside(remark)
                path = plans.project.database
                opened = open_until_the_end.enter_context(
                    Store.opened(path, say_aside, remembered=self.remembered)
                )
                if remark := other_rules(opened, plans):
                    say_aside(remark)
                return opened

            sweep = Sweep.of(
                plans,
                selection,
                how,
                steps=wanted,
                jobs=self.options.at_once,
                again=self._again(plans, selection),
                report=report,
                stopwatch=stopwatch or Stopwatch(),
                waiting=waiting_in("output folder"),
                warn=say_aside,
            )
            return swept(sweep, store)

    def covered(
        self, plans: Plans, how: SweepOptions, cells: Sequence[Cell]
    ) -> SweptCoverage | None:
        """Return what a sweep has covered that has just ended, if that is to be told."""
        if how.goal is None:
            return None
        ended = ended_variants(cells, self.options.wanted(plans).names)
        return SweptCoverage(how.goal, columns_of(plans, how.goal), ended)

    def _again(self, plans: Plans, selection: Selection) -> Again:
        return Again(
            plans=plans,
            matrix=self.variants.matrix,
            command=self.options.step_command,
            is_of_files=bool(self.variants.configs or selection.configs),
            is_chosen=bool(selection.keys),
            choosing=self.variants.choosing_words,
            is_narrowed=selection.where is not None,
            is_here=Path.cwd() == plans.project.root,
            tree=self.tree.words,
            variables=self.tree.env,
            is_without_shell=self.tree.no_shell,
        )


def _covered_before(plans: Plans, how: SweepOptions) -> str:
    """Return what a sweep has covered that was interrupted, by its database; "": not to be told."""
    if how.goal is None:
        return ""
    path = plans.project.database
    with contextlib.suppress(KvariantError), Store.read(path) as store:  # a line less is told
        if (past := store.last()) and (found := MergedResults.of([past]).coverage):
            return coverage_line(found)
    return ""


@contextmanager
def _kept_when_interrupted(
    ended: Sequence[Cell], total: int, covered: Callable[[], str]
) -> Iterator[None]:
    """If the sweep is interrupted, say what it has.

    Args:
        ended: gets the cells that end.
        covered: returns what is covered, in a line; "": that is not to be told.
    """
    try:
        yield
    except KeyboardInterrupt:
        if ended:
            say(
                f"{len(ended):,} of {counted(total, 'cell')} "
                f"{agreeing(len(ended), 'has ended and is', 'have ended and are')} kept "
                "(kvariant report); "
                "the same command goes on from there",
                err=True,
            )
            if line := covered():
                say(line, err=True)
        raise


@contextmanager
def _progress(total: int, tells: Callable[[Cell], bool] | None) -> Iterator[Callable[[Cell], None]]:
    """Yield what to call with each ended cell: a line for some, and on a terminal a bar.

    Args:
        tells: whether a cell has a line; None: nothing is shown.
    """
    if tells is None:
        yield lambda _: None
        return
    if not sys.stderr.isatty():
        yield lambda cell: say(cell_line(cell), err=True) if tells(cell) else None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.text import Text

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    # None: rich asks NO_COLOR itself.
    console = Console(stderr=True, no_color=is_refused() or None)
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total)

        def advance(cell: Cell) -> None:
            if not cell.test:
                bar.update(task, advance=1, description=f"last: {cell.variant} {cell.step}")
            if tells(cell):
                bar.console.print(Text.from_ansi(shown(cell_line(cell))))

        yield advance
