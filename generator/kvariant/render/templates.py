# SPDX-License-Identifier: MIT
"""A folder of templates, rendered per configuration.

    interface.toml               the list of helpers and constants (optional)
    include/x.h.j2               renders to include/x.h
    _arch/x86_64.h.j2            a partial: a name that starts with one "_"
                                 anywhere in its path is included, never rendered

Everything that can be known without a configuration is checked on Jinja2's
syntax trees; see `template_checks`.
"""

from __future__ import annotations

import hashlib
import os
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import jinja2
from jinja2 import nodes

from kvariant.errors import Diagnostic, InputError, Location, os_error
from kvariant.kconfig.expression import ALWAYS, NEVER, conjuncts, every, some
from kvariant.regular_file import read_text
from kvariant.render.branch_conditions import branch_conditions
from kvariant.render.branches import Branch, ConditionReader, branches
from kvariant.render.comparisons import comparisons
from kvariant.render.decided_conditions import DecidedConditions
from kvariant.render.interface import FILE, Helper, Interface
from kvariant.render.language import STUB_MAKES_ENTRIES, Language, language_of, renamed
from kvariant.render.limits import SECONDS, LimitedEnvironment, TooLargeError, TooLongError, limited
from kvariant.render.origins import (
    MarkingEmitter,
    MarkingEnvironment,
    Origin,
    Origins,
    inclusions,
    unmarked,
)
from kvariant.render.parsed_template import SUFFIX, parsed_templates, template_error
from kvariant.render.relations import Relations
from kvariant.render.tags import EMITTER, DefinitionTags, Emitter
from kvariant.render.template_checks import TemplateChecks
from kvariant.render.value import typed_values

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration, Expression, SymbolType, Tree
    from kvariant.kconfig.branch_condition import BranchCondition


@dataclass(frozen=True)
class Rendered:
    """The files of one variant: relative output path -> text."""

    files: Mapping[str, str]

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of paths and texts: equal for variants that are the same code."""
        digest = hashlib.sha256()
        for path, text in sorted(self.files.items()):
            digest.update(f"{path}\0{len(text)}\0{text}\0".encode())
        return digest.hexdigest()


class _WorkedOut:
    """What the interface says of a configuration, the same in each of its files."""

    def __init__(self, configuration: Configuration, interface: Interface) -> None:
        self.configuration = configuration
        self._interface = interface
        self._decided = DecidedConditions.of(configuration)
        self._emitters: dict[str, Emitter] = {}

    def emitter(self, language: Language) -> Emitter:
        """Return what definitions in a language are made by."""
        if language.name not in self._emitters:
            made = Emitter(self._interface, self._decided, language)
            self._emitters[language.name] = made
        return self._emitters[language.name]

    @cached_property
    def renames(self) -> Mapping[str, str]:
        """First name -> name of what has another one."""
        return self._interface.renames_in(self._decided)


class Templates:
    """The templates of a project, parsed and checked against a tree."""

    def __init__(self, folder: Path, tree: Tree, label: str | None = None) -> None:
        """Parse and check every template of a folder.

        Args:
            folder: where the templates and `interface.toml` are.
            tree: the symbols that templates may read.
            label: how generated files name the folder; its last part by default.

        Raises:
            InputError: everything that is wrong with the folder, at once.
        """
        if not folder.is_dir():
            raise InputError(
                Diagnostic(
                    message="no folder of templates here",
                    code="no-templates",
                    location=Location(str(folder)),
                )
            )
        self.folder = folder
        self._label = label or folder.name
        self._tree = tree
        self.interface = Interface.read(folder / FILE) if (folder / FILE).is_file() else None
        self.relations = Relations.read(folder, self.interface) if self.interface else None
        self._environment = _environment(LimitedEnvironment, folder)
        self._texts: dict[tuple[str, ...], str] = {}
        self._lines: dict[tuple[str, ...], Sequence[Sequence[Origin]] | None] = {}
        self._last: _WorkedOut | None = None
        self._origins = Origins()
        errors: list[Diagnostic] = []
        self._templates = parsed_templates(folder, self._environment, errors)
        if not errors:
            names = self._environment.globals.keys()
            checks = TemplateChecks(
                folder, self._templates, tree, self.interface, self.relations, names
            )
            errors += checks.diagnostics()
        if errors:
            raise InputError(*errors)

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that rendering reads."""
        names = sorted(self._templates)
        return tuple(self.folder / name for name in ([FILE, *names] if self.interface else names))

    def texts(self) -> Iterator[str]:
        """Yield the name and the text of each file that rendering reads.

        Raises:
            InputError: one cannot be read any more.
        """
        for path in self.files:
            yield path.relative_to(self.folder).as_posix()
            try:
                yield read_text(path)
            except OSError as error:
                raise os_error(error, "cannot read the template") from None

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """The files that every variant gets, sorted."""
        return tuple(sorted(t.output for t in self._templates.values() if not t.is_partial))

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """Every symbol that a rendering can depend on, in Kconfig order."""
        read = set(self.interface.symbols if self.interface else ())
        for template in self._templates.values():
            read |= template.names
        return tuple(name for name in self._tree.symbols if name in read)

    def read_by(self, output: str) -> tuple[str, ...]:
        """Return every symbol that one file can depend on, in Kconfig order."""
        entries = self.interface.by_name if self.interface else {}
        read: set[str] = set()
        due, seen = [output + SUFFIX], {output + SUFFIX}
        while due:
            template = self._templates[due.pop()]
            read |= template.names
            for item in (item for found in template.definitions for item in entries[found.name]):
                read.update(item.exists.symbols)
                read.update(item.requires.symbols if isinstance(item, Helper) else ())
                read.update(self._spellings_read(item) if isinstance(item, Helper) else ())
            read |= self._renames_read(template.words)
            due += [other for other in template.references if other not in seen]
            seen.update(template.references)
        return tuple(name for name in self._tree.symbols if name in read)

    def _renames_read(self, words: frozenset[str]) -> set[str]:
        """Return the symbols that decide what the entries named in a template are called."""
        items = self.interface.items if self.interface else ()
        # A stub may name swp_entry() where the template does not.
        found = [
            i for i in items if i.renamed and (i.name in words or i.name == STUB_MAKES_ENTRIES)
        ]
        return {
            symbol
            for item in found
            for condition in (item.exists, *item.renamed.values())
            for symbol in condition.symbols
        }

    def _spellings_read(self, helper: Helper) -> Iterator[str]:
        assert self.interface is not None
        for name in self.interface.type_names(helper):
            for renames in self.interface.types[name].renamed.values():
                yield from (s for where in renames.values() for s in where.symbols)

    @property
    def types(self) -> Mapping[str, SymbolType]:
        """The type of every symbol of the tree."""
        return self._tree.types

    @cached_property
    def comparisons(self) -> Mapping[str, tuple[str, ...]]:
        """The texts that templates compare ints, hexes and strings with, by symbol."""
        return comparisons((t.tree for t in self._templates.values()), self._tree.types)

    @property
    def conditions(self) -> Iterator[Expression]:
        """The conditions of the interface, which decide what is rendered."""
        for item in self.interface.items if self.interface else ():
            yield item.exists
            if isinstance(item, Helper):
                yield item.requires

    def branches(self) -> Iterator[tuple[Path, tuple[Branch, ...]]]:
        """Yield each template's file and branches; see `branches`."""
        for name, template in sorted(self._templates.items()):
            path = self.folder / name
            source = read_text(path)
            yield path, branches(template.tree, source, self._tree.types, self.interface)

    @cached_property
    def branch_conditions(self) -> tuple[BranchCondition, ...]:
        """The conditions that decide what is rendered; see `branch_conditions`."""
        found = (
            (path, self._around(path.relative_to(self.folder).as_posix()), own)
            for path, own in self.branches()
        )
        return branch_conditions(found, self.folder, self.interface, self._tree.types)

    def untold(self) -> Iterator[str]:
        """Yield where templates test more than Kconfig can say: `swapops.h.j2:12`."""
        for name, template in sorted(self._templates.items()):
            reader = ConditionReader(template.tree, "", self._tree.types, self.interface)
            lines = sorted(set(reader.untold(template.tree)))
            yield from (f"{name}:{line}" for line in lines)

    def pieces(self, path: Path) -> Sequence[tuple[int, Expression]] | None:
        """Return the lines that write something of one file, each with what holds where it does.

        A line with several pieces is there once for each; that of a helper's tag stands for
        its signature, and those of `interface.toml` for what is written from an entry.
        What is only looked at (`{% if ... %}`) writes nothing. None: it is no such file.
        """
        if self.interface and path.resolve() == (self.folder / FILE).resolve():
            return [
                (line, item.exists)
                for item in self.interface.items
                for line in self.interface.lines_of(item)
            ]
        found = self._templates.get(os.path.relpath(path.resolve(), self.folder.resolve()))
        if found is None:
            return None
        reader = ConditionReader(found.tree, "", self._tree.types, self.interface)
        own = list(_written(reader.outputs(found.tree.body)))
        for definition in found.definitions:
            entries = self.interface.by_name.get(definition.name, ()) if self.interface else ()
            own += [(definition.line, item.exists) for item in entries]
        around = self._around(found.name)
        return [(line, every((around, condition))) for line, condition in own]

    def _around(self, name: str) -> Expression:
        """Return where some output takes in a template: an output itself, always."""
        outputs = [t.name for t in self._templates.values() if not t.is_partial]
        return some(dict.fromkeys(self._inclusions(one).get(name, NEVER) for one in outputs))

    def render(self, configuration: Configuration) -> Rendered:
        """Return the files of a configuration.

        Raises:
            InputError: a template fails on these values, with its file and line.
        """
        return Rendered({output: self._known(output, configuration) for output in self.outputs})

    def text(self, output: str, configuration: Configuration) -> str:
        """Return one file of a configuration, which needs but the symbols that it reads.

        Raises:
            InputError: the template fails on these values, with its file and line.
        """
        return self._rendered(output, configuration, typed_values(configuration))

    def origins(
        self, output: str, configuration: Configuration
    ) -> Sequence[Sequence[Origin]] | None:
        """Return for each line of a file what it is made of; None where that cannot be told.

        Blank lines, and those that the file begins with in every variant, are made of nothing.
        Conditions are whole: what a partial is included under is in them.

        Cost: the file is rendered once more, for all configurations that agree in what it reads.
        """
        key = (output, *(configuration[name] for name in self._reads[output]))
        if key not in self._lines:
            self._lines[key] = self._originated(output, configuration)
        return self._lines[key]

    def condition(self, output: str, line: int, configuration: Configuration) -> Expression | None:
        """Return where exactly all is rendered that a line of a file is made of in a configuration.

        Args:
            line: from 1.

        Returns None where nothing is known of the line: a file of another program, a line
        beyond its end or without origin.
        """
        if output not in self.outputs:
            return None
        lines = self.origins(output, configuration)
        if lines is None or not 0 < line <= len(lines) or not lines[line - 1]:
            return None
        terms = (t for origin in lines[line - 1] for t in conjuncts(origin.condition))
        found = every(dict.fromkeys(terms))
        return found if configuration.satisfies(found) else None

    def _originated(
        self, output: str, configuration: Configuration
    ) -> Sequence[Sequence[Origin]] | None:
        """Render a file with marks, and read them; None where they do not leave it as it is."""
        name, language = output + SUFFIX, language_of(output)
        context: dict[str, object] = dict(typed_values(configuration))
        if self.interface and language:
            context[EMITTER] = MarkingEmitter(
                self.interface, configuration, language, self._origins, self._tree.types
            )
        try:
            with limited(SECONDS):
                marked = self._marking.get_template(name).render(context)
            text = self._headed(name, marked, language, self._worked_out(configuration))
        except Exception:  # marks have made a difference to an expression
            return None
        if unmarked(text) != self._known(output, configuration):
            return None
        around = self._inclusions(name)
        return [
            tuple(
                replace(one, condition=every((around.get(one.template, ALWAYS), one.condition)))
                for one in self._origins.of(line)
            )
            for line in text.split("\n")
        ]

    @cached_property
    def _marking(self) -> MarkingEnvironment:
        environment = _environment(MarkingEnvironment, self.folder)
        return environment.made(self._tree.types, self.interface, self._origins)

    def _inclusions(self, name: str) -> Mapping[str, Expression]:
        sites = {
            template.name: list(
                ConditionReader(template.tree, "", self._tree.types, self.interface).inclusions(
                    template.tree.body
                )
            )
            for template in self._templates.values()
        }
        return inclusions(name, sites)

    def _known(self, output: str, configuration: Configuration) -> str:
        """Return one file, rendered once for all configurations that agree in what it reads."""
        reads = self._reads[output]
        key = (output, *(configuration[name] for name in reads))
        if key not in self._texts:
            self._texts[key] = self.text(output, configuration)
        return self._texts[key]

    @cached_property
    def _reads(self) -> Mapping[str, tuple[str, ...]]:
        return {output: self.read_by(output) for output in self.outputs}

    def _rendered(
        self, output: str, configuration: Configuration, values: Mapping[str, object]
    ) -> str:
        name = output + SUFFIX
        language = language_of(output)
        context = dict(values)
        known = self._worked_out(configuration)
        if known and language:
            context[EMITTER] = known.emitter(language)
        try:
            with limited(SECONDS):
                text = self._environment.get_template(name).render(context)
        except Exception as error:  # whatever a template's expression can raise
            raise self._failure(name, error) from None
        return self._headed(name, text, language, known)

    def _worked_out(self, configuration: Configuration) -> _WorkedOut | None:
        """Return what was worked out for files of a configuration before."""
        if self.interface is None:
            return None
        known = self._last
        if known is None or known.configuration is not configuration:
            known = self._last = _WorkedOut(configuration, self.interface)
        return known

    def _headed(
        self, name: str, text: str, language: Language | None, known: _WorkedOut | None
    ) -> str:
        if language is None:
            return text
        if known:
            text = renamed(text, known.renames)
        notice = language.comment(f"Generated from {self._label}/{name}; do not edit.")
        first, _, rest = text.partition("\n")
        if first.startswith("#!") or "SPDX-License-Identifier" in first:
            return language.tidied(f"{first}\n{notice}\n{rest}")
        return language.tidied(f"{notice}\n{text}")

    def _failure(self, name: str, error: Exception) -> InputError:
        frames = [
            frame
            for frame in traceback.extract_tb(error.__traceback__)
            if Path(frame.filename).is_relative_to(self.folder)
        ]
        path, line = (
            (frames[-1].filename, frames[-1].lineno or 0)
            if frames
            else (str(self.folder / name), 0)
        )
        message = str(error) or type(error).__name__
        if not isinstance(error, jinja2.TemplateError | TooLargeError | TooLongError):
            message = f"{type(error).__name__}: {message}"
        return InputError(template_error(path, line, message, "template"))


def _written(
    outputs: Iterable[tuple[nodes.Output, Expression]],
) -> Iterator[tuple[int, Expression]]:
    """Yield the lines of what writes text that is not all blank, with what holds there."""
    for output, condition in outputs:
        for node in output.nodes:
            if isinstance(node, nodes.TemplateData):
                for number, text in enumerate(node.data.split("\n")):
                    if text.strip():
                        yield node.lineno + number, condition
            else:
                yield node.lineno, condition


_EnvironmentT = TypeVar("_EnvironmentT", bound=jinja2.Environment)


def _environment(kind: type[_EnvironmentT], folder: Path) -> _EnvironmentT:
    """Return an environment in which the templates of a folder render."""
    return kind(
        loader=jinja2.FileSystemLoader(folder),
        extensions=[DefinitionTags],
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # code, not HTML
        auto_reload=False,
    )
