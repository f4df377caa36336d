# SPDX-License-Identifier: MIT
"""The steps of a sweep: our own, those of the project file, or one from the command line.

project file              steps, in order
nothing, templates        generate, build, test
types                     generate, build, test, types
types, test               generate, build, types, test    a built-in name replaces ours
build, boot (no templates)  build, boot
... -- make O={out}       generate where there are templates, then `build`: that command
"""

from __future__ import annotations

import dataclasses
import datetime
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, Location, did_you_mean, raise_errors
from kvariant.kconfig import Configuration, Expression, Tree
from kvariant.kconfig.tree_checks import undefined_names
from kvariant.results.cell import BUILD, BUILT_IN, GENERATE, TEST
from kvariant.steps import placeholders

if TYPE_CHECKING:
    from kvariant.project import Project
    from kvariant.project.steps import ResultsFile, StepTable

Command = str | tuple[str, ...]
"""Text for sh, or arguments that no shell sees; with placeholders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: what runs in each variant."""

    name: str
    command: Command | None = None
    """None: built in."""
    env: Mapping[str, str] = dataclasses.field(default_factory=dict)
    where: Expression | None = None
    needs: tuple[str, ...] = ()
    """Steps that must be good first."""
    is_need_given: bool = False
    """Whether the project file says what it needs: then a skipped need is not good."""
    reads: tuple[str, ...] = ()
    infrastructure: tuple[int | str, ...] = ()
    """Exit codes, and regular expressions for a line of output, of a machine that is broken."""
    depfiles: str = ""
    results: ResultsFile | None = None
    artifacts: tuple[str, ...] = ()
    measure: str = ""
    """The file whose sections are measured, with placeholders; "": none."""
    measure_limits: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """The most bytes, by section."""
    baseline: Path | None = None
    """The file of warnings that are known; None: nobody counts."""
    timeout: float = 600.0
    """Seconds."""
    retries: int = 0
    location: Location | None = None

    @property
    def is_built_in(self) -> bool:
        """Whether it is one of our own."""
        return self.command is None

    def is_own(self, name: str) -> bool:
        """Whether it is our own step of that name, not one that stands in for it."""
        return self.is_built_in and self.name == name

    @property
    def has_key(self) -> bool:
        """Whether anything says what it reads, so that its results can be used again."""
        return self.is_built_in or bool(self.reads or self.depfiles)

    @property
    def names_header(self) -> bool:
        """Whether its command names the configuration's `autoconf.h`, or the folder that has it."""
        parts = [self.command] if isinstance(self.command, str) else self.command or ()
        return any(name in part for part in parts for name in _HEADER)

    def arguments(self, values: placeholders.Replacements) -> list[str]:
        """Return the program and its arguments for a variant."""
        if isinstance(self.command, str):
            return ["/bin/sh", "-c", placeholders.for_shell(self.command, values)]
        return [placeholders.plain(part, values) for part in self.command or ()]


_HEADER = ("{out}/include/generated", "autoconf.h")


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """An environment for the variants that satisfy an expression."""

    where: Expression | None
    env: Mapping[str, str]
    location: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFailure:
    """Failures that are expected, and why."""

    where: Expression | None
    step: str
    test: str
    reason: str
    strict: bool
    until: datetime.date | None = None
    """The last day on which it counts; None: it always does."""


@dataclass(frozen=True, kw_only=True)
class Steps:
    """What is to run in each variant, all of it valid."""

    steps: tuple[Step, ...]
    """In order: a step's needs stand before it."""
    toolchains: tuple[Toolchain, ...] = ()
    known_failures: tuple[KnownFailure, ...] = ()

    @classmethod
    def of(
        cls,
        project: Project,
        trees: Sequence[Tree],
        built_in: Sequence[str] = (),
        command: Sequence[str] = (),
        matrix: str = "",
    ) -> Steps:
        """Return a project's steps.

        Args:
            project: its file's tables.
            trees: what `where` is about: a symbol of one of them is n in the others.
            built_in: those of our own that the project has use for.
            command: a step from the command line, in place of all but `generate`; one
                argument is text for sh.
            matrix: what the command named, for a hint.

        Raises:
            InputError: an expression, a placeholder or a need is not valid, all at once,
                or there is nothing to run.
        """
        reader = _StepReader(project, trees)
        if command:
            given = [GENERATE] if GENERATE in built_in else []
            text: Command = command[0] if len(command) == 1 else tuple(command)
            reader.check(lambda: reader.check_command(text, None))
            steps = [*map(_built_in, given), _needing(Step(name=BUILD, command=text), given)]
        else:
            steps = reader.steps(built_in)
        toolchains = tuple(reader.toolchains())
        known = tuple(reader.known_failures([step.name for step in steps]))
        raise_errors(reader.errors)
        if not steps:
            raise InputError(_nothing(project, matrix))
        return cls(steps=tuple(steps), toolchains=toolchains, known_failures=known)

    @property
    def names(self) -> tuple[str, ...]:
        """The steps' names, in order."""
        return tuple(step.name for step in self.steps)

    def __getitem__(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)

    def has_own(self, name: str) -> bool:
        """Whether our own step of that name is one of them."""
        return any(step.is_own(name) for step in self.steps)

    @property
    def generated(self) -> tuple[Step, ...]:
        """The steps behind our own generating, which comes before all others."""
        if not self.has_own(GENERATE):
            return self.steps
        return tuple(
            dataclasses.replace(step, needs=tuple(n for n in step.needs if n != GENERATE))
            for step in self.steps
            if step.name != GENERATE
        )

    @property
    def reading(self) -> Mapping[str, str]:
        """By which key each step says what it reads, `depfiles` or `reads`; others do not."""
        given = (step for step in self.steps if step.reads or step.depfiles)
        return {step.name: "depfiles" if step.depfiles else "reads" for step in given}

    def before(self, step: Step) -> Sequence[str]:
        """Return the steps whose work a step can see, where the project file does not say which.

        They all write into one folder: unless its needs are given, every earlier one counts.
        """
        if step.is_need_given:
            return step.needs
        names = [s.name for s in self.generated]
        return names[: names.index(step.name)]

    def restricted(self, names: Iterable[str]) -> Steps:
        """Return these steps and what they need; all of them for none.

        Raises:
            InputError: there is no such step.
        """
        wanted = set(names)
        if unknown := [name for name in wanted if name not in self.names]:
            known = f"steps: {', '.join(self.names)}"
            raise InputError(
                Diagnostic(
                    message=f"no step is named {min(unknown)!r}",
                    code="unknown-step",
                    hint=did_you_mean(min(unknown), self.names, known),
                )
            )
        if not wanted:
            return self
        for step in reversed(self.steps):
            if step.name in wanted:
                wanted.update(step.needs)
        return dataclasses.replace(self, steps=tuple(s for s in self.steps if s.name in wanted))

    def toolchain(self, configuration: Configuration) -> Toolchain | None:
        """Return the first toolchain whose `where` holds in a variant."""
        return next(
            (t for t in self.toolchains if t.where is None or configuration.satisfies(t.where)),
            None,
        )

    def variables(
        self, configuration: Configuration, variables: Mapping[str, str]
    ) -> Mapping[str, str]:
        """Return what the steps of a variant have beyond our environment.

        Args:
            configuration: the variant's values, which choose the toolchain.
            variables: those of the variant's environment.
        """
        toolchain = self.toolchain(configuration)
        return {**variables, **(toolchain.env if toolchain else {})}

    def variable(
        self, name: str, environment: Mapping[str, str], tree_variables: Mapping[str, str]
    ) -> str | None:
        """Return what `{env.NAME}` is: of the step's environment, else the tree's, else ours.

        A variable that only other variants' toolchains set is empty; None: nobody knows it.
        """
        if name in environment:
            return environment[name]
        for variables in (tree_variables, os.environ):
            if name in variables:
                return variables[name]
        return "" if any(name in toolchain.env for toolchain in self.toolchains) else None


def _built_in(name: str) -> Step:
    return Step(name=name)


def _needing(step: Step, before: Sequence[str]) -> Step:
    """Return a step with the default for its needs: the one before."""
    if step.is_need_given:
        return step
    return dataclasses.replace(step, needs=tuple(before[-1:]))


def _nothing(project: Project, matrix: str) -> Diagnostic:
    sweep = " ".join(["kvariant sweep", *filter(None, [matrix])])
    return Diagnostic(
        message="nothing to sweep: there are neither templates nor steps",
        code="no-step",
        location=Location(str(project.path)) if project.path else None,
        hint=f"name a command: {sweep} -- make O={{out}}; or write [[step]] tables, or "
        "say where the templates are",
    )


class _StepReader:
    """Reads the project file's tables, collecting what is wrong with them."""

    def __init__(self, project: Project, trees: Sequence[Tree]) -> None:
        self._project = project
        self._trees = trees
        self.errors: list[Diagnostic] = []

    def steps(self, built_in: Sequence[str]) -> list[Step]:
        tables = self._project.steps
        names = [table.name for table in tables]
        for index, name in enumerate(names):
            if name in names[:index]:
                self._error(
                    f"two steps are named {name!r}", "duplicate-name", "step", index, "name"
                )
        order: list[Step] = []
        written = [self._step(index, table) for index, table in enumerate(tables)]
        for name in built_in:
            if name not in names:
                order.append(_built_in(name))
                continue
            while name not in [step.name for step in order]:
                order.append(written.pop(0))
        order += written
        steps: list[Step] = []
        for step in order:
            before = [s.name for s in steps]
            self._check_needs(step, before, [s.name for s in order])
            steps.append(_needing(step, before))
        return steps

    def toolchains(self) -> Iterable[Toolchain]:
        for index, table in enumerate(self._project.toolchains):
            yield Toolchain(
                where=self._where(table.where, "toolchain", index),
                env=table.env,
                location=self._project.place("toolchain", index),
            )

    def known_failures(self, names: Sequence[str]) -> Iterable[KnownFailure]:
        for index, table in enumerate(self._project.known_failures):
            key = ("known-failure", index)
            if table.step and table.step not in {*names, *BUILT_IN, *self._written_names()}:
                hint = did_you_mean(table.step, names, f"steps: {', '.join(names)}")
                self._error(f"no step is named {table.step!r}", "unknown-step", *key, hint=hint)
            yield KnownFailure(
                where=self._where(table.where, *key),
                step=table.step,
                test=table.test,
                reason=table.reason,
                strict=table.strict,
                until=table.until,
            )

    def check(self, question: Callable[[], None]) -> None:
        """Ask, and keep what is wrong."""
        try:
            question()
        except InputError as error:
            self.errors += error.diagnostics

    def check_command(self, command: Command, location: Location | None) -> None:
        """Refuse placeholders that nothing fills."""
        parts = (command,) if isinstance(command, str) else command
        for part in parts:
            placeholders.check_text(part, location, is_shell=isinstance(command, str))

    def _step(self, index: int, table: StepTable) -> Step:
        key = ("step", index)
        place = self._project.place
        self.check(lambda: self.check_command(table.run, place(*key, "run")))
        for name, text in (
            ("depfiles", table.depfiles),
            ("results", table.results.path if table.results else ""),
            ("measure", table.measure),
            *(("reads", text) for text in table.reads),
            *(("artifacts", text) for text in table.artifacts),
            *(("env", text) for text in table.env.values()),
        ):
            where = place(*key, name)
            self.check(
                lambda text=text, where=where: placeholders.check_text(  # type: ignore[misc]
                    text, where, is_shell=False
                )
            )
        if table.measure_limit and not table.measure:
            hint = 'name the file: measure = "{out}/vmlinux"'
            message = "measure-limit: there is nothing that it could limit"
            self._error(message, "bad-value", *key, "measure-limit", hint=hint)
        globs = [("depfiles", table.depfiles)] if table.depfiles else []
        for name, glob in (*globs, *(("artifacts", glob) for glob in table.artifacts)):
            self._check_glob(name, glob, index)
        return Step(
            name=table.name,
            command=table.run,
            env=table.env,
            where=self._where(table.where, *key),
            needs=table.needs or (),
            is_need_given=table.needs is not None,
            reads=table.reads,
            infrastructure=table.infrastructure,
            depfiles=table.depfiles,
            results=table.results,
            artifacts=table.artifacts,
            measure=table.measure,
            measure_limits=table.measure_limit,
            baseline=self._project.root / table.baseline
            if table.baseline
            else self._project.baseline,
            timeout=table.timeout,
            retries=table.retries,
            location=place(*key, "run"),
        )

    def _check_glob(self, name: str, glob: str, index: int) -> None:
        try:
            # Below a folder that is none: what counts is whether it could be looked for.
            any(Path(os.devnull).glob(glob.lstrip("/")))
        except (ValueError, NotImplementedError) as error:
            text = str(error)
            message = f"{name}: {glob!r} is no glob: {text[:1].lower()}{text[1:]}"
            self._error(message, "bad-value", "step", index, name)

    def _check_needs(self, step: Step, before: Sequence[str], known: Sequence[str]) -> None:
        for need in step.needs:
            if need in before:
                continue
            late = need in known
            message = f"{step.name} needs {need!r}, which " + (
                "does not stand before it" if late else "is no step"
            )
            hint = (
                "move it up"
                if late
                else did_you_mean(need, before, f"before it: {', '.join(before)}")
            )
            index = self._written_names().index(step.name)
            self._error(message, "unknown-step", "step", index, "needs", hint=hint)

    def _where(self, text: str, *key: str | int) -> Expression | None:
        if not text:
            return None
        location = self._project.place(*key, "where")
        try:
            expression = Expression.parse(text, location)
        except InputError as error:
            self.errors += error.diagnostics
            return None
        known = {name: one for tree in self._trees for name, one in tree.symbols.items()}
        self.errors += undefined_names(expression, known, location)
        return expression

    def _written_names(self) -> list[str]:
        return [table.name for table in self._project.steps]

    def _error(self, message: str, code: str, *key: str | int, hint: str = "") -> None:
        place = self._project.place(*key)
        self.errors.append(Diagnostic(message=message, code=code, location=place, hint=hint))


def built_in_steps(outputs: Sequence[str] | None) -> tuple[str, ...]:
    """Return the steps of our own that a project has use for.

    Args:
        outputs: paths that its templates render; None: it has no templates.
    """
    if outputs is None:
        return ()
    has_c = any(Path(path).suffix in (".c", ".h") for path in outputs)
    return (GENERATE, BUILD, TEST) if has_c else (GENERATE, TEST)
