# SPDX-License-Identifier: MIT
"""Where a matrix's given variants come from: fragments, other matrices, the base."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, Location, Severity, did_you_mean, displayed
from kvariant.kconfig import Expression, Fragment, SymbolType, Tree
from kvariant.kconfig.presets.zephyr_scenarios import is_scenario
from kvariant.matrix.named import named
from kvariant.plan.base import Base, base_of
from kvariant.plan.fragments import Fragments
from kvariant.plan.variant import Variant
from kvariant.project import NAMED
from kvariant.project.glob_matches import paths_matching, readable_files
from kvariant.words import agreeing, counted

if TYPE_CHECKING:
    from kvariant.plan.keys import Keys

_LISTED = 8
"""Variants that a warning names."""


class Sources:
    """The variants that nobody has to choose, for one matrix."""

    def __init__(
        self, keys: Keys, tree: Tree, other: Callable[[Keys, str], Iterable[Variant]]
    ) -> None:
        """Take what is asked, and how the variants of another matrix are had.

        Raises:
            InputError: `where` is no expression over the tree's symbols.
        """
        self._keys = keys
        self._tree = tree
        self._other = other
        self._fragments = Fragments(keys.project, tree)
        own, extra = keys.where(tree), keys.selection.where
        # Of fragments, one variant each, the command's expression selects; elsewhere it
        # restricts what is chosen.
        given = [own, None if keys.table.strategy == NAMED else extra]
        self._wheres = [where for where in given if where is not None]
        self._warnings: list[Diagnostic] = []

    @property
    def warnings(self) -> list[Diagnostic]:
        """Return what was asked for so far and did not take, or by an old name."""
        return [*self._fragments.warnings, *self._warnings]

    def fragments(self) -> list[Variant]:
        """Return a variant for each fragment: those of the command, else the project's.

        Raises:
            InputError: there is none, or a value of one does not take.
        """
        project = self._keys.project
        paths = self._keys.selection.configs or self._fragments.files
        found = self._fragments.read(paths)
        if not found and paths:
            files = ", ".join(map(displayed, paths))
            verb = agreeing(len(paths), "lists", "list")
            message = f"{files} {verb} no scenario"
            raise InputError(Diagnostic(message=message, code="no-fragment"))
        if not found:
            raise InputError(_no_fragments(project.config_globs, project.root, project.path))
        return self._satisfying(self._named(found))

    def included(self) -> list[Variant]:
        """Return the variants that are always in and satisfy `where`, each once.

        Raises:
            InputError: an item names nothing [include], or two variants have one name.
        """
        found: dict[str, Variant] = {}
        for item in self._keys.table.include:
            for variant in self._including(item):
                other = found.setdefault(variant.name, variant)
                if other.configuration != variant.configuration:
                    message = f"two included variants are named {variant.name}"
                    raise self._keys.error("include", message, "duplicate-name")
        kept = self._satisfying(found.values())
        own = self._keys.where(self._tree)
        if own and (lost := [v for v in found.values() if not v.configuration.satisfies(own)]):
            self._warnings.append(self._left_out(own, lost, len(found)))
        return kept

    def candidates(self, included: Iterable[Variant] = ()) -> list[Variant] | None:
        """Return the only variants that may be chosen, None where all may be.

        Args:
            included: what is in already; their names are theirs.

        Raises:
            InputError: a glob matches nothing, or no candidate satisfies `where`.
        """
        if not self._keys.table.from_:
            return None
        paths = self._paths("from", self._keys.table.from_)
        fragments = self._fragments.read(paths, included)
        from kvariant.matrix.given import resolved  # a named matrix needs no arrays

        found = resolved(self._tree, fragments)
        if found.dropped:
            self._warnings.append(self._dropped(len(found.dropped)))
        # A mapping made for each access of `configurations`: here each is made once.
        kept = self._satisfying(
            Variant(name=f.name, description=f.description, configuration=c, fragment=f.path)
            for f, c in zip(fragments, found.configurations, strict=True)
        )
        if not kept:
            message = "none of the given configurations satisfies it"
            raise self._keys.error("where", message, "where")
        return kept

    def texts(self) -> Mapping[str, tuple[str, ...]]:
        """Return the texts that the project's fragments give strings, by symbol.

        A fragment that is not valid names none: what is wrong with it is told by verbs that
        are about it.
        """
        try:
            fragments = self._fragments.read(self._fragments.files)
        except InputError:
            return {}
        found: dict[str, dict[str, None]] = {}
        for fragment in fragments:
            for request in fragment.requests:
                if self._tree.types.get(request.symbol) is SymbolType.STRING:
                    found.setdefault(request.symbol, {})[request.value] = None
        return {name: tuple(texts) for name, texts in found.items()}

    def base(self) -> Base | None:
        """Return what all other symbols come from, None where nothing says it.

        Raises:
            InputError: there is no such base [no-base], or it is not valid.
        """
        keys = self._keys
        text = keys.table.base or keys.project.base
        if not text:
            return None
        location = keys.location("base") if keys.table.base else keys.project.place("base")
        base = base_of(text, self._tree, keys.folder("base"), self._fragments, location)
        self._warnings += base.warnings
        return base

    def _named(self, fragments: Sequence[Fragment]) -> list[Variant]:
        return [
            Variant(name=f.name, description=f.description, configuration=c, fragment=f.path)
            for f, c in zip(fragments, named(self._tree, fragments), strict=True)
        ]

    def _including(self, item: str) -> Iterable[Variant]:
        if item in self._keys.project.matrices.names:
            return self._other(self._keys, item)
        names = self._fragments.names
        paths = [path for path, name in names.items() if fnmatch.fnmatchcase(name, item)]
        paths = paths or self._paths("include", [item])
        return self._named(self._fragments.read(paths))

    def _paths(self, key: str, patterns: Iterable[str]) -> list[Path]:
        """Return the files that globs match, sorted, each once.

        Raises:
            InputError: a glob matches none [no-fragment].
        """
        found: dict[Path, None] = {}
        for pattern in patterns:
            matched = paths_matching(str(self._keys.folder(key) / pattern))
            one = self._keys.folder(key) / pattern
            paths = [one] if is_scenario(one) else readable_files(sorted(map(Path, matched)), key)
            if not paths:
                hint, message = "", f"no file matches {pattern}"
                if key == "include":
                    names = self._fragments.names.values()
                    hint = did_you_mean(pattern, [*self._keys.project.matrices.names, *names])
                    message = f"{pattern} is no matrix, no variant and no file"
                raise self._keys.error(key, message, "no-fragment", hint)
            found |= dict.fromkeys(paths)
        return list(found)

    def _satisfying(self, variants: Iterable[Variant]) -> list[Variant]:
        return [v for v in variants if all(v.configuration.satisfies(w) for w in self._wheres)]

    def _left_out(self, where: Expression, lost: Sequence[Variant], count: int) -> Diagnostic:
        more = f" and {len(lost) - _LISTED:,} more" if len(lost) > _LISTED else ""
        names = ", ".join(variant.name for variant in lost[:_LISTED])
        return Diagnostic(
            message=f"{len(lost):,} of {count:,} included variants are not in: they do not satisfy"
            f" {where}: {names}{more}",
            code="left-out",
            severity=Severity.WARNING,
            location=self._keys.location("include"),
        )

    def _dropped(self, count: int) -> Diagnostic:
        globs = " ".join(f"'{pattern}'" for pattern in self._keys.table.from_)
        return Diagnostic(
            message=f"{counted(count, 'asked-for value')} of the given configurations did not take",
            code="dropped",
            severity=Severity.WARNING,
            location=self._keys.location("from"),
            hint=f"kvariant coverage --config {globs} names {agreeing(count, 'it', 'them')}",
        )


def _no_fragments(globs: Sequence[str], root: Path, project: Path | None) -> Diagnostic:
    return Diagnostic(
        message=f"no fragment matches {', '.join(globs)} in {displayed(root)}",
        code="no-fragment",
        location=Location(str(project)) if project else None,
        hint="write one, for example configs/default.config, or name one with --config FILE",
    )
