# SPDX-License-Identifier: MIT
"""What is wrong with a folder of templates, as far as it is known without a configuration.

Unknown symbols, templates that are not there or include each other, outputs that clash, and
helpers: each is declared, defined, once, in every language of its module.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from jinja2 import nodes

from kvariant.errors import Diagnostic, Location, did_you_mean, displayed, source_line
from kvariant.kconfig.nearest_symbol import symbol_hint
from kvariant.render.interface import FILE, Helper, Interface, InterfaceConstant
from kvariant.render.parsed_template import SUFFIX, ParsedTemplate, line_of, template_error
from kvariant.render.records import RESERVED

if TYPE_CHECKING:
    from kvariant.kconfig import Tree
    from kvariant.render.relations import Relations


class TemplateChecks:
    """The checks of one folder."""

    def __init__(
        self,
        folder: Path,
        templates: Mapping[str, ParsedTemplate],
        tree: Tree,
        interface: Interface | None,
        relations: Relations | None,
        global_names: Collection[str],
    ) -> None:
        """Take what is checked.

        Args:
            templates: by name.
            tree: the symbols that templates may read.
            global_names: what they may read beside.
        """
        self._folder = folder
        self._templates = templates
        self._tree = tree
        self._interface = interface
        self._relations = relations
        self._global_names = global_names

    def diagnostics(self) -> Iterator[Diagnostic]:
        """Yield everything that is wrong."""
        for template in self._templates.values():
            yield from self._missing_references(template)
            yield from self._unknown_names(template)
            yield from self._misplaced(template)
        yield from self._include_cycles()
        yield from self._clashing_outputs()
        if self._interface is not None:
            yield from self._interface.diagnostics(self._tree)
            if self._relations is not None:
                yield from self._relations.diagnostics(self._tree)
            yield from self._parity(self._interface)
        else:
            for template in self._templates.values():
                for found in template.definitions:
                    yield self._at(
                        template, found.line, f"no {FILE} declares {found.name}", "unknown-helper"
                    )

    def _missing_references(self, template: ParsedTemplate) -> Iterator[Diagnostic]:
        for name in template.references:
            if name not in self._templates:
                yield self._at(
                    template,
                    line_of(template.tree, name),
                    f"no template {name!r}",
                    "no-template",
                    did_you_mean(name, list(self._templates)),
                )

    def _include_cycles(self) -> Iterator[Diagnostic]:
        """Yield each template that comes back to itself, once per cycle."""
        reported: set[str] = set()
        for start in self._templates:
            chain = self._way_back(start)
            if chain and reported.isdisjoint(chain):
                reported.update(chain)
                yield self._at(
                    self._templates[start],
                    line_of(self._templates[start].tree, chain[1]),
                    f"templates include each other: {' -> '.join(chain)}",
                    "include-cycle",
                )

    def _way_back(self, start: str) -> tuple[str, ...]:
        """Return a shortest chain of references from a template to itself, () if there is none."""
        chains: list[tuple[str, ...]] = [(start,)]
        seen = {start}
        for chain in chains:
            if chain[-1] not in self._templates:
                continue
            for name in self._templates[chain[-1]].references:
                if name == start:
                    return (*chain, start)
                if name not in seen:
                    seen.add(name)
                    chains.append((*chain, name))
        return ()

    def _clashing_outputs(self) -> Iterator[Diagnostic]:
        """Yield templates whose output another file needs to be."""
        by_output = {t.output: t for t in self._templates.values() if not t.is_partial}
        for output, template in by_output.items():
            if output in RESERVED:
                yield self._at(
                    template, 0, f"kvariant writes {output} itself", "reserved-name", "rename it"
                )
            for parent in PurePosixPath(output).parents:
                if str(parent) in by_output or str(parent) in RESERVED:
                    yield self._at(
                        template,
                        0,
                        f"{parent} cannot be both a file and a folder",
                        "reserved-name",
                        "rename one of the templates",
                    )

    def _unknown_names(self, template: ParsedTemplate) -> Iterator[Diagnostic]:
        known = {*self._tree.symbols, *self._global_names}
        for name in sorted(template.names - known):
            lines = [n.lineno for n in template.tree.find_all(nodes.Name) if n.name == name]
            path, line = self._folder / template.name, min(lines, default=0)
            column = source_line(path, line).find(name) + 1
            yield Diagnostic(
                message=f"unknown symbol {name}",
                code="unknown-symbol",
                location=Location(str(path), line, column),
                excerpt=source_line(path, line),
                hint=symbol_hint(name, self._tree.symbols),
            )

    def _misplaced(self, template: ParsedTemplate) -> Iterator[Diagnostic]:
        for found in template.definitions:
            if template.is_partial:
                yield self._at(
                    template,
                    found.line,
                    f"{found.kind} {found.name} stands in a partial",
                    "misplaced",
                    "define it in the template that renders its module",
                )
            elif not found.is_top_level:
                yield self._at(
                    template,
                    found.line,
                    f"{found.kind} {found.name} is not at top level",
                    "misplaced",
                    "put the condition inside the body, or into `exists`",
                )
            if found.is_empty:
                yield self._at(
                    template, found.line, f"{found.kind} {found.name} has no body", "empty-body"
                )

    def _parity(self, interface: Interface) -> Iterator[Diagnostic]:
        """Yield where declarations and definitions differ: each name once, per language."""
        by_output = {t.output: t for t in self._templates.values() if not t.is_partial}
        for output, template in by_output.items():
            yield from self._foreign_definitions(interface, output, template)
        seen: set[tuple[str, str]] = set()
        for item in interface.items:
            for language, output in interface.outputs(item.module).items():
                if (item.name, output) in seen:
                    continue
                seen.add((item.name, output))
                source = by_output.get(output)
                defined = source and any(d.name == item.name for d in source.definitions)
                if not defined:
                    kind = "constant" if isinstance(item, InterfaceConstant) else "helper"
                    where = displayed(self._folder / f"{output}{SUFFIX}")
                    yield interface.document.error(
                        (*interface.key_of(item), "name"),
                        f"{kind} {item.name} is declared and not defined for {language}",
                        "undefined-helper",
                        f"add {{% {kind} {item.name} %}} to {where}",
                    )

    def _foreign_definitions(
        self, interface: Interface, output: str, template: ParsedTemplate
    ) -> Iterator[Diagnostic]:
        first: dict[str, int] = {}
        for found in template.definitions:
            entries = interface.by_name.get(found.name)
            if not entries:
                yield self._at(
                    template,
                    found.line,
                    f"{found.kind} {found.name} is not declared in {FILE}",
                    "unknown-helper",
                    did_you_mean(found.name, list(interface.by_name)),
                )
                continue
            if found.name in first:
                yield self._at(
                    template,
                    found.line,
                    f"{found.kind} {found.name} is defined twice",
                    "duplicate-name",
                    f"the first definition is at line {first[found.name]}",
                )
            first.setdefault(found.name, found.line)
            wanted = Helper if found.kind == "helper" else InterfaceConstant
            if not isinstance(entries[0], wanted):
                yield self._at(
                    template,
                    found.line,
                    f"{found.name} is declared as another kind than {found.kind}",
                    "unknown-helper",
                )
            elif output not in interface.outputs(entries[0].module).values():
                yield self._at(
                    template,
                    found.line,
                    f"{found.name} belongs to the module {entries[0].module}",
                    "misplaced",
                    f"its files are {', '.join(interface.outputs(entries[0].module).values())}",
                )

    def _at(
        self, template: ParsedTemplate, line: int, message: str, code: str, hint: str = ""
    ) -> Diagnostic:
        return template_error(self._folder / template.name, line, message, code, hint)
