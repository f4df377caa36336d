# SPDX-License-Identifier: MIT
"""A variant as a command names it, and where it is found: fragments, lock, matrices, files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, did_you_mean
from kvariant.kconfig.presets.zephyr_scenarios import only_scenario
from kvariant.matrix.named import named
from kvariant.plan.chooser import Chooser
from kvariant.plan.fragments import Fragments
from kvariant.plan.lock import Lock
from kvariant.plan.locking import kept_matrix
from kvariant.plan.plan import load_templates
from kvariant.plan.trees import load_tree
from kvariant.plan.variant import Variant
from kvariant.project import NAMED, Environment, Project

if TYPE_CHECKING:
    from kvariant.kconfig import Tree
    from kvariant.plan.selection import Selection
    from kvariant.render import Templates


@dataclass(frozen=True, slots=True)
class VariantName:
    """A variant as an argument names it."""

    name: str
    path: Path | None
    """The fragment, where it is named by its path."""
    environment: Environment

    @classmethod
    def of(cls, text: str, environments: Sequence[Environment]) -> VariantName:
        """Return what an argument means: NAME, PATH, or ENVIRONMENT/ and one of these.

        Raises:
            InputError: there are several environments, and it names none [environments].
        """
        first, *others = environments
        if others:
            head, _, rest = text.partition("/")
            named = next((e for e in environments if e.name == head), None)
            if named is None:
                known = ", ".join(e.name for e in environments)
                raise InputError(
                    Diagnostic(
                        message=f"{text} is of no tree, and env makes {len(environments)}: {known}",
                        code="environments",
                        hint=f"say which one: {first.name}/{text}",
                    )
                )
            first, text = named, rest
        elif first.name:
            text = text.removeprefix(f"{first.name}/")
        path = Path(text) if "/" in text or text.endswith(".config") else None
        return cls(path.name.removesuffix(".config") if path else text, path, first)


class VariantsAtHand:
    """One tree with its templates, and the variants that are known in it."""

    def __init__(self, project: Project, environment: Environment, selection: Selection) -> None:
        """Take what the command says of the tree and of a matrix."""
        self._project, self._environment = project, environment
        self._selection = selection

    @property
    def _is_asked(self) -> bool:
        """Whether the command says of which matrix variants are."""
        return self._selection.where is not None or not self._selection.is_of("")

    @cached_property
    def _tree(self) -> Tree:
        return load_tree(self._project, self._environment)

    @cached_property
    def known(self) -> Fragments:
        """Those that variants were looked for in so far, and others by their paths."""
        return Fragments(self._project, self._tree)

    @cached_property
    def _templates(self) -> Templates | None:
        return load_templates(self._project, self._tree)

    def at(self, path: Path) -> Variant:
        """Return the variant of a fragment's file.

        Raises:
            InputError: it is not valid.
        """
        (variant,) = self._fragments([only_scenario(path)])
        return variant

    def variant(self, name: str) -> Variant:
        """Return the variant of a name; if none has it, that of a file here.

        Raises:
            InputError: there is none [no-variant], or what may have it is not valid.
        """
        known: list[str] = []
        for variants in self._variants():
            found = {variant.name: variant for variant in variants}
            if name in found:
                return found[name]
            known += found
        if (path := Path(name)).is_file():  # such as a board's x_defconfig
            return self.at(path)
        lists = " ".join(["kvariant matrix", *filter(None, [self._selection.matrix])])
        other = "" if self._is_asked else " (of a matrix: kvariant diff A B MATRIX)"
        raise InputError(
            Diagnostic(
                message=f"no variant is named {name}",
                code="no-variant",
                hint=did_you_mean(name, known, f"{lists} lists the variants") + other,
            )
        )

    def files(self, variant: Variant) -> Mapping[str, str]:
        """Return what a variant renders to."""
        return self._templates.render(variant.configuration).files if self._templates else {}

    def _variants(self) -> Iterator[Iterable[Variant]]:
        """Yield the variants of what may be meant, the most likely first."""
        if self._is_asked:
            yield self._chosen()
        yield self._fragments(self.known.files)
        lock = Lock.read(self._project.lock).within(self._environment.name)
        for name, kept in lock.matrices.items():
            yield kept_matrix(kept, name, self._tree)
        table = self._project.matrices.table(self._project.matrix)
        if not self._is_asked and table.strategy != NAMED:
            yield self._chosen()

    def _chosen(self) -> Iterable[Variant]:
        name = self._environment.name
        chooser = Chooser(
            self._project, self._tree, self._templates, self._selection, environment=name
        )
        return [v for v in chooser.selected() if self._selection.matches(v)]

    def _fragments(self, paths: Sequence[Path]) -> list[Variant]:
        fragments = self.known.read(paths)
        return [
            Variant(name=f.name, description=f.description, configuration=c, fragment=f.path)
            for f, c in zip(fragments, named(self._tree, fragments), strict=True)
        ]
