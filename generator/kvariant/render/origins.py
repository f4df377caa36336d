# SPDX-License-Identifier: MIT
"""Rendered lines and where they come from: template lines, each under an exact expression.

    rendered line             it is there where all of this holds
    text of a template        the branches around it
    {{ expression }}          those, of `{{ x if A else y }}` A, and of a macro what is in it
    body of a helper          as well the helper's `exists` and `requires`
    its stub                  `exists`, and not `requires`
    its signature             `exists`
    text of a partial         as well what holds where it is included

A rendering that is asked for origins is made by templates in which a mark stands behind
the last letter of each piece of a line: a character for private use, which is no blank
and no part of a word. Without its marks the text has to be what the templates render:
a template that looks at its own output (`{{ m()|length }}`) may not, and then nothing is
said of the file.

What a Kconfig expression cannot say is left out; see `branches`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import nodes

from kvariant.kconfig.complement import complement
from kvariant.kconfig.expression import ALWAYS, Expression, every, some
from kvariant.render.branches import ConditionReader
from kvariant.render.interface import Helper, Interface
from kvariant.render.limits import LimitedEnvironment
from kvariant.render.tags import Emitter

if TYPE_CHECKING:
    from kvariant.kconfig import SymbolType

_FIRST, _LAST = 0xF0000, 0x10FFFC
_MARK = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")
_FILTER = "_kvariant_mark"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a piece of a rendered line comes from."""

    template: str
    """Its path below the folder; "" where it is written from the interface."""
    line: int
    """From 1; of what is written from the interface, 0."""
    condition: Expression
    """What holds wherever it is rendered, but for what the template is included under."""


class Origins:
    """The origins of the pieces of all templates of a folder, each with its mark."""

    def __init__(self) -> None:
        self._origins: list[Origin] = []
        self._marks: dict[Origin, str] = {}

    def mark(self, origin: Origin) -> str:
        """Return the mark of an origin, "" where there are no more marks."""
        if origin not in self._marks:
            if _FIRST + len(self._origins) > _LAST:
                return ""
            self._marks[origin] = chr(_FIRST + len(self._origins))
            self._origins.append(origin)
        return self._marks[origin]

    def of(self, marked: str) -> tuple[Origin, ...]:
        """Return the origins whose marks stand in a text, each once."""
        numbers = (ord(mark) - _FIRST for mark in dict.fromkeys(_MARK.findall(marked)))
        return tuple(self._origins[n] for n in numbers if n < len(self._origins))


def unmarked(text: str) -> str:
    """Return a text without its marks."""
    return _MARK.sub("", text)


def marked_lines(text: str, marks: Sequence[str]) -> str:
    """Return a text with a mark behind the last letter of each line; blank lines have none.

    Args:
        marks: of the text's lines, in order; the last one is that of all further ones.
    """
    if not marks:
        return text
    lines = text.split("\n")
    return "\n".join(
        line[: len(line.rstrip())] + marks[min(i, len(marks) - 1)] + line[len(line.rstrip()) :]
        if line.strip()
        else line
        for i, line in enumerate(lines)
    )


class MarkingEnvironment(LimitedEnvironment):
    """An environment whose templates render with marks."""

    types: Mapping[str, SymbolType]
    interface: Interface | None
    origins: Origins

    def made(
        self, types: Mapping[str, SymbolType], interface: Interface | None, origins: Origins
    ) -> MarkingEnvironment:
        """Return itself, told what conditions are read by and where origins are kept."""
        self.types, self.interface, self.origins = types, interface, origins
        self.filters[_FILTER] = marked_lines
        return self

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        assert name is not None
        reader = ConditionReader(source, "", self.types, self.interface)
        for output, condition in list(reader.outputs(source.body)):
            output.nodes = [
                piece
                for node in output.nodes
                for piece in self._pieces(node, name, condition, reader)
            ]
        return super()._generate(source, name, filename, defer_init)

    def _pieces(
        self, node: nodes.Expr, name: str, condition: Expression, reader: ConditionReader
    ) -> Iterator[nodes.Expr]:
        if isinstance(node, nodes.TemplateData):
            count = node.data.count("\n") + 1
            marks = [
                self.origins.mark(Origin(name, node.lineno + line, condition))
                for line in range(count)
            ]
            yield nodes.TemplateData(marked_lines(node.data, marks), lineno=node.lineno)
        else:
            yield self._marking(node, name, node.lineno, condition, reader)

    def _marking(
        self,
        node: nodes.Expr,
        name: str,
        line: int,
        condition: Expression,
        reader: ConditionReader,
    ) -> nodes.Expr:
        """Return an expression whose text is marked; of one with two ways, each by itself."""
        if isinstance(node, nodes.CondExpr) and node.expr2 is not None:
            ways = [
                self._marking(
                    part, name, line, every((condition, *reader.told(node.test, holds))), reader
                )
                for part, holds in ((node.expr1, True), (node.expr2, False))
            ]
            return nodes.CondExpr(node.test, *ways, lineno=line)
        marks = nodes.Const([self.origins.mark(Origin(name, line, condition))])
        text = nodes.Filter(node, "string", [], [], None, None, lineno=line)
        return nodes.Filter(text, _FILTER, [marks], [], None, None, lineno=line)


@dataclass(frozen=True, slots=True)
class MarkingEmitter(Emitter):
    """Emits definitions with marks."""

    origins: Origins
    types: Mapping[str, SymbolType]

    def definition(self, kind: str, name: str, body: str) -> str:
        """Return the text of one definition, "" where it does not exist here."""
        item = self._entry(name)
        # A constant's value is looked at: it is to be as it is without marks.
        text = super(MarkingEmitter, self).definition(
            kind, name, body if isinstance(item, Helper) else unmarked(body)
        )
        if item is None or not text:
            return text
        if not isinstance(item, Helper):
            return marked_lines(text, [self._mark(item.exists) + "".join(_MARK.findall(body))])
        stub = every((item.exists, complement(item.requires, self.types)))
        inside = self._mark(stub)  # lines of a body have marks already
        body_lines = self._inside(item, text)
        return "\n".join(
            line
            if _MARK.search(line)
            else marked_lines(line, [inside if number in body_lines else self._mark(item.exists)])
            for number, line in enumerate(text.split("\n"))
        )

    def _mark(self, condition: Expression) -> str:
        return self.origins.mark(Origin("", 0, condition))

    def _inside(self, helper: Helper, text: str) -> range:
        """Return which lines of a definition are its body."""
        mark = chr(_LAST + 1)
        lines = self.language.helper(helper, self.spelled(helper), mark).split("\n")
        at = next(number for number, line in enumerate(lines) if mark in line)
        return range(at, at + text.count("\n") + 2 - len(lines))


def inclusions(
    start: str,
    sites: Mapping[str, Iterable[tuple[str, Expression]]],
) -> Mapping[str, Expression]:
    """Return under what the text of each template gets into an output.

    Args:
        start: the template that the output is rendered from.
        sites: of each template, what it takes in: another template, and under what.

    There are no cycles.
    """
    found: dict[str, list[Expression]] = {start: [ALWAYS]}
    order: list[str] = []

    def visit(name: str) -> None:
        if name not in order:
            for other, _ in sites.get(name, ()):
                visit(other)
            order.append(name)

    visit(start)
    for name in reversed(order):
        around = some(dict.fromkeys(found.get(name, [])))
        for other, condition in sites.get(name, ()):
            found.setdefault(other, []).append(every((around, condition)))
    return {name: some(dict.fromkeys(ways)) for name, ways in found.items()}
