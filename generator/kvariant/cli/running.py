# SPDX-License-Identifier: MIT
"""What the verbs that run variants share: their command line, progress, and how to run again."""

from __future__ import annotations

import functools
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from kvariant.blame import Observations
from kvariant.blame.attribution import Conjunction, apart
from kvariant.blame.bundling import Bundles, GivenTree
from kvariant.blame.compiler_messages import FoldedMessage, folded_messages
from kvariant.blame.equivalence import LARGEST, classes
from kvariant.blame.named_symbols import NamedSymbols
from kvariant.cli.colour import is_refused, painted, say
from kvariant.cli.inline_variant import MOST, settings_of
from kvariant.cli.options import CHOOSING_NAMES, SeveralValues
from kvariant.errors import Diagnostic, displayed
from kvariant.kconfig import Configuration, Tree
from kvariant.plan import Facts, Plans, Selection, Variant, beyond, trees_at_hand
from kvariant.project import Project
from kvariant.report import cell_line
from kvariant.results import TEST, Cell, MergedResults, Store
from kvariant.steps import Steps, built_in_steps, failure_fragment
from kvariant.steps.requirements import indifferent
from kvariant.sweep import Sweep, swept


def began() -> float:
    """Return when the command line began, on the clock of `time.perf_counter`."""
    return click.get_current_context().find_object(float) or time.perf_counter()


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


def steps_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which steps run, and how many at once."""
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
    """How a command runs the variants of a plan."""

    given: Mapping[str, Any]
    """The command's options that choose variants."""
    command: Sequence[str]
    """What stands after --."""
    steps: Sequence[str]
    jobs: int | None
    quiet: bool
    """No progress."""
    verbose: bool = False
    """A line for each cell that ends, not only for those that fail."""

    @property
    def _tells(self) -> Callable[[Cell], bool] | None:
        if self.quiet:
            return None
        return lambda cell: not cell.test and (self.verbose or cell.is_bad)

    @property
    def at_once(self) -> int:
        """How many cells run at a time."""
        return self.jobs or os.cpu_count() or 1

    def wanted(self, plans: Plans) -> Steps:
        """Return the steps that run, in order."""
        trees = [plan.tree for plan in plans]
        every = Steps.of(plans.project, trees, built_in_steps(plans.outputs), self.command)
        return every.restricted(self.steps)

    def bundles(self, plans: Plans) -> Bundles:
        """Return what makes bundles of the failures of plans' variants."""
        given = self.given
        kconfig = given["kconfig"] or ""
        here = Path.cwd()
        if kconfig and Path(kconfig).is_absolute() and Path(kconfig).is_relative_to(here):
            kconfig = str(Path(kconfig).relative_to(here))  # it is elsewhere in another checkout
        tree = GivenTree(
            kconfig=kconfig,
            preset=given["preset"] or "",
            dialect=given["dialect"] or "",
            env=tuple(given["env"]),
            shell=not given["no_shell"],
        )
        return Bundles(plans, self.wanted(plans), self.command, tree)

    def cells(self, plans: Plans, selection: Selection, **how: Any) -> tuple[Cell, ...]:
        """Run the variants of plans and return their cells.

        Args:
            plans: what to run.
            selection: what they were made from.
            how: fields of `Sweep` that only some commands set.
        """
        project, wanted = plans.project, self.wanted(plans)
        is_home = project.output is not None and selection.is_of(project.matrix)
        generated = project.output if is_home else project.state / "generated"
        given = dict(self.given)
        if selection.configs:
            given["configs"] = selection.configs
        total = len(plans.variants) * len(wanted.steps)
        with ExitStack() as open_until_the_end:
            ended = open_until_the_end.enter_context(_kept_when_interrupted(total))
            show = open_until_the_end.enter_context(_progress(total, self._tells))

            def report(cell: Cell) -> None:
                if not cell.test:
                    ended.append(cell)
                show(cell)

            def store() -> Store:
                # Called when all is valid: an error makes the remark beside the point.
                if remark := indifferent(wanted, plans):
                    _warn(remark)
                path = project.state / "results.sqlite"
                return open_until_the_end.enter_context(Store.opened(path, _warn))

            sweep = Sweep(
                plans=plans,
                output=generated if plans.outputs is not None else None,
                steps=wanted,
                jobs=self.at_once,
                is_home=is_home,
                again=(again := _Again(given, self.command, plans, bool(selection.keys), is_home)),
                again_by_values=again.by_values,
                report=report,
                waiting=_waiting,
                **({"is_whole": selection.is_whole} | how),
            )
            return swept(sweep, store)


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


@dataclass(frozen=True)
class _Again:
    """Says how a variant's step is run again: of that variant alone, in the same tree."""

    given: Mapping[str, Any]
    command: Sequence[str]
    plans: Plans
    is_chosen: bool
    """Whether the command itself says how variants are chosen."""
    is_home: bool
    """Whether the variants are those that pytest takes by itself."""

    def __call__(self, variant: Variant, step: str) -> str:
        words = [] if self.command else ["--step", step]
        if self._is_nameless(variant):
            # Another run may name it otherwise, or not have it: its values are what counts.
            path = failure_fragment(self.plans.project.state, variant.name)
            return self._line([*words, f"--config={displayed(path)}"], self._variables(variant))
        if self.given["configs"]:
            assert variant.fragment is not None
            words.append(f"--config={displayed(variant.fragment)}")
            return self._line(words, self._variables(variant), self.given["matrix"])
        words += ["-k", variant.name]
        return self._line(words, self.given["env"], self.given["matrix"])

    def by_values(self, variant: Variant, step: str, minimal: str) -> str:
        """Return the command that runs it where no file of ours is, "" where `__call__` does.

        Args:
            minimal: the values that give the variant, as its minimal configuration.
        """
        is_named_by_pytest = step == TEST and self.is_home and not self.command
        if not self._is_nameless(variant) or is_named_by_pytest:
            return ""
        words = [] if self.command else ["--step", step]
        tree = self.plans[variant].tree
        settings = settings_of(minimal, tree.prefix) or _one_default(tree, variant.configuration)
        if 0 < len(settings) <= MOST:
            return self._line([*words, "--set", *settings], self._variables(variant))
        chosen = None if variant.fragment else self._options()
        if chosen is None:
            return ""
        return self._line(
            [*words, *chosen, "-k", variant.name], self.given["env"], self.given["matrix"]
        )

    def _options(self) -> list[str] | None:
        """Return the options that choose the variants again, None where another run has others."""
        words = []
        for name in CHOOSING_NAMES:
            values = self.given[name]
            for value in values if isinstance(values, tuple) else (values,):
                if value in (None, ""):
                    continue
                if str(value).endswith("reads:-"):  # what was read there is gone
                    return None
                words.append(f"--{name.rstrip('_').replace('_', '-')}={value}")
        return words

    def _is_nameless(self, variant: Variant) -> bool:
        """Whether no file that others have is the variant: a strategy or options chose it."""
        state = self.plans.project.state
        is_ours = variant.fragment is not None and variant.fragment.absolute().is_relative_to(state)
        return variant.fragment is None or self.is_chosen or is_ours

    def _line(self, words: Sequence[str], variables: Iterable[str], matrix: str = "") -> str:
        words = ["kvariant", "sweep", *filter(None, [matrix]), *words]
        for name in ("project", "kconfig", "preset", "dialect"):
            words += [f"--{name}={self.given[name]}"] if self.given[name] else []
        words += [f"--env={variable}" for variable in variables]
        words += ["--no-shell"] if self.given["no_shell"] else []
        return shlex.join([*words, *(["--", *self.command] if self.command else [])])

    def _variables(self, variant: Variant) -> Iterator[str]:
        """Yield the command's variables; of those with several values, the variant's."""
        environment = self.plans[variant].environment
        for variable in self.given["env"]:
            if variable.partition("=")[0] not in environment.listed:
                yield variable
        yield from (f"{name}={environment.values[name]}" for name in environment.listed)


def _one_default(tree: Tree, configuration: Configuration) -> list[str]:
    """Return a value that may be asked for of a configuration that is all defaults, if any."""
    rules = tree.model.symbols
    names = (n for n in rules if rules[n].prompts and configuration.types[n].is_logical)
    return [f"{name}={configuration[name]}" for name in names][:1]


def _waiting() -> None:
    click.echo("waiting for another kvariant in this output folder", err=True)


def _warn(diagnostic: Diagnostic) -> None:
    say(diagnostic, err=True)


@contextmanager
def _kept_when_interrupted(total: int) -> Iterator[list[Cell]]:
    """Yield a list for the cells that end; if the sweep is interrupted, say what it has."""
    ended: list[Cell] = []
    try:
        yield ended
    except KeyboardInterrupt:
        if ended:
            click.echo(
                f"{len(ended)} of {total} cells have ended and are kept (kvariant report); "
                "the same command goes on from there",
                err=True,
            )
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
        TextColumn("{task.description}"),
    )
    # None: rich asks NO_COLOR itself.
    console = Console(stderr=True, no_color=is_refused() or None)
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total)

        def advance(cell: Cell) -> None:
            if not cell.test:
                bar.update(task, advance=1, description=f"last: {cell.variant} {cell.step}")
            if tells(cell):
                bar.console.print(Text.from_ansi(painted(cell_line(cell))))

        yield advance
