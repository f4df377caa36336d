# SPDX-License-Identifier: MIT
"""The commands that run again what failed: of one variant alone, in the same tree.

    variant                           a step, by kvariant        a test, by pytest
    a fragment of the project's       -k NAME                    its id
    one named on the command line     --config=ITS FILE          its id, --kvariant-config
    chosen by a strategy              --set NAME=VALUE...        its id, --kvariant-matrix

What options choose, or a seed that is today's date, another run may not choose again: then
a test is run by kvariant, too, in a variant of these values. Where they are more than people
paste the same choice is made again, and where that cannot be, they are read from the fragment
that is left of a failing variant. pytest knows no options for another tree, and ids are those
of the project's folder: elsewhere it is kvariant that is told.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.errors import displayed
from kvariant.plan.inline_variant import MOST, settings_of
from kvariant.project import DATE
from kvariant.results.cell import TEST
from kvariant.steps.workspace import failure_fragment

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration, Tree
    from kvariant.plan import Plans, Variant


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
    choosing: Sequence[str] | None = ()
    """The options that said how; None: another run would choose others by them."""
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
        words = [] if self.command else ["--step", step]
        if self._is_nameless(variant):
            # Another run may name it otherwise, or not have it: its values are what counts.
            path = f"--config={self._left_fragment(variant)}"
            return self._line([*words, path], self._variables(variant))
        if self.is_of_files:
            assert variant.fragment is not None  # it is not nameless
            path = f"--config={displayed(variant.fragment)}"
            return self._line([*words, path], self._variables(variant), self.matrix)
        return self._line([*words, "-k", variant.name], self.variables, self.matrix)

    def by_values(self, variant: Variant, step: str, minimal: str) -> str:
        """Return the command that does so where no file of ours is.

        It is "" where that above does, and where none can.

        Args:
            minimal: the values that give the variant, as its minimal configuration.
        """
        if not self._is_nameless(variant):
            return ""
        words = [] if self.command else ["--step", step]
        tree = self.plans[variant].tree
        settings = settings_of(minimal, tree.prefix) or _one_default(tree, variant.configuration)
        if 0 < len(settings) <= MOST:
            return self._line([*words, "--set", *settings], self._variables(variant))
        if variant.fragment is not None or self.choosing is None:
            return ""
        words += [*self.choosing, "-k", variant.name]
        return self._line(words, self.variables, self.matrix)

    def tests_by_values(self, variant: Variant, step: str, minimal: str) -> str:
        """Return the same for our own test step: "" where pytest runs the tests, too."""
        options = self.tests(variant).options
        is_by_file = options is None or any("--kvariant-config=" in one for one in options)
        return self.by_values(variant, step, minimal) if is_by_file else ""

    def _line(self, words: Sequence[str], variables: Iterable[str], matrix: str = "") -> str:
        words = [*([matrix] if matrix else []), *words, *self.tree]
        words += (f"--env={variable}" for variable in variables)
        words += ["--no-shell"] if self.is_without_shell else []
        command = ["--", *self.command] if self.command else []
        return shlex.join(["kvariant", "sweep", *words, *command])

    def _is_nameless(self, variant: Variant) -> bool:
        """Whether no file that others have is the variant: a strategy or options chose it."""
        state, path = self.plans.project.state, variant.fragment
        return path is None or self.is_chosen or path.absolute().is_relative_to(state)

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


def _one_default(tree: Tree, configuration: Configuration) -> list[str]:
    """Return a value that may be asked for of a configuration that is all defaults, if any."""
    rules = tree.model.symbols
    names = (n for n in rules if rules[n].prompts and configuration.types[n].is_logical)
    return [f"{name}={configuration[name]}" for name in names][:1]
