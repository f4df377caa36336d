# SPDX-License-Identifier: MIT
"""The Jinja2 tags `{% helper NAME %}...{% endhelper %}` and `{% constant NAME %}...`.

A tag emits a definition in the file's language from the interface's entry: the
template holds the body alone. Every body is rendered even where its stub is
emitted, so that a mistake in it shows in whichever configuration comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from kvariant.render.interface import Declaration, Helper, Interface, InterfaceConstant

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration
    from kvariant.render.language import Language

EMITTER = "_kvariant_emitter"
"""The context variable under which a render passes its `Emitter` to the tags."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A tag as it stands in a template."""

    kind: str
    """`helper` or `constant`."""
    name: str
    line: int
    is_empty: bool
    """Whether nothing but blanks stands between the tags."""
    is_top_level: bool


class DefinitionTags(Extension):
    """Parse the two tags; at render time hand the body to the context's `Emitter`."""

    tags = {"helper", "constant"}  # noqa: RUF012  # jinja2 reads a plain set

    def parse(self, parser: Parser) -> nodes.Node:
        start = next(parser.stream)
        name = parser.stream.expect("name").value
        body = parser.parse_statements((f"name:end{start.value}",), drop_needle=True)
        call = self.call_method(
            "_emit",
            [nodes.Const(start.value), nodes.Const(name), nodes.ContextReference()],
        )
        return nodes.CallBlock(call, [], [], body).set_lineno(start.lineno)

    def _emit(
        self, kind: str, name: str, context: jinja2.runtime.Context, caller: Callable[[], str]
    ) -> str:
        emitter: Emitter = context[EMITTER]
        return emitter.definition(kind, name, caller())


def definitions(template: nodes.Template) -> Iterator[Definition]:
    """Yield the tags of a parsed template, in order."""
    top_level = {id(node) for node in template.body}
    for block in template.find_all(nodes.CallBlock):
        found = definition(block)
        if found:
            yield replace(found, is_top_level=id(block) in top_level)


def definition(block: nodes.CallBlock) -> Definition | None:
    """Return the tag that a block is, None where it is another call."""
    call = block.call
    if not (isinstance(call, nodes.Call) and isinstance(call.node, nodes.ExtensionAttribute)):
        return None
    kind, name = (argument.value for argument in call.args[:2] if isinstance(argument, nodes.Const))
    return Definition(kind, name, block.lineno, _is_blank(block.body), is_top_level=False)


def _is_blank(body: list[nodes.Node]) -> bool:
    return all(
        isinstance(node, nodes.Output)
        and all(
            isinstance(part, nodes.TemplateData) and not part.data.strip() for part in node.nodes
        )
        for node in body
    )


@dataclass(frozen=True, slots=True)
class Emitter:
    """What a tag needs to know while files of one language are rendered in a configuration."""

    interface: Interface
    configuration: Configuration
    language: Language
    _entries: dict[str, Declaration | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """By name, as far as they were looked for: files of a configuration have the same names."""
    _spelled: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)
    """How types are written, by their names, as far as they were asked for."""

    def definition(self, kind: str, name: str, body: str) -> str:
        """Return the text of one definition, "" where it does not exist here."""
        item = self._entry(name)
        if item is None:
            return ""
        if isinstance(item, InterfaceConstant):
            return self.language.constant(item, body.strip())
        assert isinstance(item, Helper)
        has_body = self.configuration.satisfies(item.requires)
        text = body.strip("\n").rstrip() if has_body else None
        return self.language.helper(item, self.spelled(item), text)

    def spelled(self, helper: Helper) -> Mapping[str, str]:
        """Return how a helper's types are written here."""
        names = self.interface.type_names(helper)
        return {name: self._spelled.get(name) or self._spelling(name) for name in names}

    def _spelling(self, name: str) -> str:
        spelling = self.interface.types[name]
        found = self._spelled[name] = spelling.spelled(self.language.name, self.configuration)
        return found

    def _entry(self, name: str) -> Declaration | None:
        if name not in self._entries:
            entries = self.interface.by_name[name]
            holds = self.configuration.satisfies
            self._entries[name] = next((e for e in entries if holds(e.exists)), None)
        return self._entries[name]
