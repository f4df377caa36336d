# SPDX-License-Identifier: MIT
"""The commands that run again what failed: of one variant alone, in the same tree.

    variant                           a step, by kvariant        a test, by pytest
    a fragment of the project's       -k NAME                    its id
    one named on the command line     --config=ITS FILE          its id, --kvariant-config
    chosen by a strategy              --config=failing/NAME      its id, --kvariant-matrix

What options choose, or a seed that is today's date, another run may not choose again: then
a test has the fragment that is left of a failing variant, too. pytest knows no options for
another tree, and ids are those of the project's folder: elsewhere it is kvariant that is told.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kvariant.errors import displayed
from kvariant.plan import Plans, Variant
from kvariant.project import DATE
from kvariant.results.cell import TEST
from kvariant.steps.workspace import failure_fragment


@dataclass(frozen=True, slots=True)
class TestsAgain:
    """How the tests of one variant are run again."""

    __test__ = False  # not a pytest class

    whole: str
    """The command for all of them."""
    options: tuple[str, ...] | None
    """What pytest is told beside a test's id; None: only all of them can be run."""

    def of(self, test: str) -> str:
        """Return the command for one test.

        Args:
            test: its id, with the variant.
        """
        return self.whole if self.options is None else shlex.join(["pytest", test, *self.options])


@dataclass(frozen=True, kw_only=True)
class Again:
    """Says how a variant's step, or its tests, are run again."""

    plans: Plans
    matrix: str = ""
    """As the command named it; "": the project's."""
    command: Sequence[str] = ()
    """What stood after --."""
    is_of_files: bool = False
    """Whether the command named fragments."""
    is_chosen: bool = False
    """Whether the command itself said how variants are chosen."""
    is_narrowed: bool = False
    """Whether strategies chose among what an expression allows."""
    is_here: bool = True
    """Whether the working folder is the project's."""
    tree: Sequence[str] = ()
    """The options that said which tree is meant, but for variables."""
    variables: Sequence[str] = ()
    """NAME=VALUE, as the command had them."""
    is_without_shell: bool = False
    """Whether the command refused $(shell ...)."""

    def __call__(self, variant: Variant, step: str) -> str:
        """Return the command that runs a variant's step again."""
        variables: Sequence[str] = tuple(self._variables(variant))
        matrix = [self.matrix] if self.matrix else []
        steps = [] if self.command else ["--step", step]
        if variant.fragment is None or self.is_chosen:
            # Chosen by a strategy, or by options: another run may name it otherwise, or not
            # have it. Its values are what counts.
            words = [*steps, f"--config={self._left_fragment(variant)}"]
        elif self.is_of_files:
            words = [*matrix, *steps, f"--config={displayed(variant.fragment)}"]
        else:
            words = [*matrix, *steps, "-k", variant.name]
            variables = self.variables
        words += [*self.tree, *(f"--env={variable}" for variable in variables)]
        words += ["--no-shell"] if self.is_without_shell else []
        command = ["--", *self.command] if self.command else []
        return shlex.join(["kvariant", "sweep", *words, *command])

    def tests(self, variant: Variant) -> TestsAgain:
        """Return how a variant's tests are run again."""
        if self.tree or self.variables or self.is_without_shell or not self.is_here:
            return TestsAgain(self(variant, TEST), None)
        project, options = self.plans.project, self._pytest_options(variant)
        is_alone = any(option.startswith("--kvariant-config=") for option in options)
        only = [] if is_alone and not variant.environment else [f"--kvariant-only={variant.name}"]
        paths = [displayed(project.root / path) for path in project.tests]
        return TestsAgain(shlex.join(["pytest", *paths, *only, *options]), tuple(options))

    def _pytest_options(self, variant: Variant) -> list[str]:
        project = self.plans.project
        if self.is_of_files and variant.fragment and not self.is_chosen:
            return [f"--kvariant-config={displayed(variant.fragment)}"]
        if self.is_chosen or (variant.fragment is None and self._is_unsteady):
            return [f"--kvariant-config={self._left_fragment(variant)}"]
        if self.matrix not in ("", project.matrix):
            return [f"--kvariant-matrix={self.matrix}"]
        return []

    @property
    def _is_unsteady(self) -> bool:
        """Whether the matrix may have other variants tomorrow, or without an option."""
        project = self.plans.project
        table = project.matrices.table(self.matrix or project.matrix)
        return self.is_narrowed or table.random_seed == DATE

    def _left_fragment(self, variant: Variant) -> str:
        return displayed(failure_fragment(self.plans.project.state, variant.name))

    def _variables(self, variant: Variant) -> Iterator[str]:
        """Yield the command's variables; of those with several values, the variant's."""
        environment = self.plans[variant].environment
        for variable in self.variables:
            if variable.partition("=")[0] not in environment.listed:
                yield variable
        yield from (f"{name}={environment.values[name]}" for name in environment.listed)
