# SPDX-License-Identifier: MIT
"""Where a line of a project's files is there: of a template rendered, of a source compiled.

generator/templates/x.h.j2    by its branches, the helper around it, the interface
anything else                 by the makefiles and the `#if`s of the tree  (`presence`)
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, Location, did_you_mean, displayed
from kvariant.kconfig.expression import ALWAYS, some
from kvariant.plan.base import base_of
from kvariant.presence.kbuild import Term
from kvariant.presence.sources import Presence, SourceFiles

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration, Expression, Tree
    from kvariant.plan.fragments import Fragments
    from kvariant.project import Project
    from kvariant.render import Templates

_LINE = re.compile(r"(?P<path>.+):(?P<line>\d{1,9})(?::\d*)?:?")


def line_of(text: str) -> tuple[str, int] | None:
    """Return the file and the line that a text names, as compilers write it; None: it names none.

    `STRING=a:1` is a value of a symbol.
    """
    found = _LINE.fullmatch(text)
    if found is None or ("=" in found["path"] and not os.path.exists(found["path"])):  # noqa: PTH110
        return None
    return found["path"], int(found["line"])


class LinePresence:
    """The lines of one tree's files, and of the project's templates."""

    def __init__(
        self,
        project: Project,
        tree: Tree,
        templates: Templates | None,
        tell: Callable[[int], None] | None = None,
    ) -> None:
        """Take a tree; `tell` hears how many files are to be read to see what includes what."""
        self._project = project
        self._templates = templates
        self.tree = tree
        self.sources = SourceFiles(tree, keep=project.keeps_trees, tell=tell)

    def of(self, text: str, line: int) -> Presence:
        """Return where a line is there.

        Args:
            text: a path from here, or from the tree's root.
            line: from 1.

        Raises:
            InputError: there is no such file in the tree, or no such line.
        """
        path = self.path_of(text)
        if self._templates and (pieces := self._templates.pieces(path)) is not None:
            return _rendered(path, line, pieces)
        return self.sources.presence(self.relative(path), line)

    def is_template(self, text: str) -> bool:
        """Return whether a file is one of the project's templates, or their interface."""
        return (
            self._templates is not None and self._templates.pieces(self.path_of(text)) is not None
        )

    def template_pieces(self, path: str) -> Sequence[tuple[int, Expression]] | None:
        """Return what each line of a template writes, by its path below the tree's root."""
        return self._templates.pieces(self.tree.root / path) if self._templates else None

    def template_branches(self, path: str) -> Iterator[tuple[int, Expression]]:
        """Yield the branches of a template, with the lines that begin them."""
        if self._templates is None:
            return
        own = (self.tree.root / path).resolve()
        for file, branches in self._templates.branches():
            if file.resolve() == own:
                due = list(branches)
                while due:
                    branch = due.pop(0)
                    yield branch.line, branch.condition
                    due[:0] = branch.inner

    def path_of(self, text: str) -> Path:
        """Return the file that a text means.

        Raises:
            InputError: there is none [no-file].
        """
        for folder in dict.fromkeys((Path.cwd(), self.tree.root, self._project.root)):
            if (folder / text).is_file():
                return folder / text
        folder = (self.tree.root / text).parent
        known = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
        message = f"no file {text} here or in {displayed(self.tree.root)}"
        hint = did_you_mean(Path(text).name, known)
        raise InputError(Diagnostic(message=message, code="no-file", hint=hint))

    def relative(self, path: Path) -> str:
        """Return a file's path below the tree's root.

        Raises:
            InputError: it is not below it [no-file].
        """
        real, root = path.resolve(), self.tree.root.resolve()
        if not real.is_relative_to(root):
            message = f"{path} is not in the tree {root}"
            raise InputError(Diagnostic(message=message, code="no-file"))
        return real.relative_to(root).as_posix()


def _rendered(path: Path, line: int, pieces: Sequence[tuple[int, Expression]]) -> Presence:
    own = [condition for at, condition in pieces if at == line]
    place = Location(str(path), line)
    condition = some(dict.fromkeys(own))
    return Presence(
        location=place,
        condition=condition if own else ALWAYS,
        terms=(Term(condition, place),) if own else (),
        is_code=bool(own),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenConfiguration:
    """A configuration that somebody gave."""

    name: str
    assignment: Mapping[str, str]
    configuration: Configuration


def given_configurations(
    project: Project, tree: Tree, fragments: Fragments, paths: Sequence[Path]
) -> list[GivenConfiguration]:
    """Return the configurations in which a line is looked for.

    Those of the files that are named, else of the project's fragments, else its base, else
    the tree's own defconfig, else its defaults.

    Raises:
        InputError: a file is wrong.
    """
    files = [*paths] or [*fragments.files]
    if files:
        read = fragments.read(files)
        names = [f.name for f in read]
        if len(read) == 1:
            found: Sequence[Configuration] = [tree.resolve(read[0])]
        else:
            asked = [{r.symbol: r.value for r in tree.requests(f)} for f in read]
            asked = [{n: t for n, t in one.items() if n in tree.symbols} for one in asked]
            from kvariant.space import Space  # where lines are asked for

            found = Space.of(tree).evaluate(asked)
        return [
            GivenConfiguration(name=name, assignment=_known(tree, c), configuration=c)
            for name, c in zip(names, found, strict=True)
        ]
    text = project.base
    if not text and tree.preset.has_defconfigs:
        text = "defconfig"
    try:
        base = base_of(text, tree, project.root, fragments, None) if text else None
    except InputError:
        base = None  # a tree without a defconfig of its own
    if base is None:
        return [
            GivenConfiguration(name="the defaults", assignment={}, configuration=tree.resolve({}))
        ]
    name = base_name(base.name, tree)
    return [
        GivenConfiguration(name=name, assignment=base.assignment, configuration=base.configuration)
    ]


def base_name(name: str, tree: Tree) -> str:
    """Return what a base is called; `defconfig` alone does not say of which architecture."""
    arch = tree.environment.get("ARCH", "")
    return f"{name} ({arch})" if name == "defconfig" and arch not in ("", "*") else name


def _known(tree: Tree, configuration: Configuration) -> Mapping[str, str]:
    return {n: t for n, t in configuration.assignment.items() if n in tree.symbols}
