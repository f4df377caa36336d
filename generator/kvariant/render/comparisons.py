# SPDX-License-Identifier: MIT
"""What templates compare numbers and texts with.

    {% if PORT > 1024 %}                      PORT: 1024
    {% set low = 1024 %} ... PORT < low       PORT: 1024
    {% if PORT in (80, 443) %}                PORT: 80 443
    {% if PORT %}                             PORT: 0
    {% if NAME == "x" or NAME is eq("y") %}   NAME: x y
    {{ PORT * 2 > 4096 }}                     PORT: 4096, and 2

A name that a template sets, a loop's variable and a macro's parameter stand for whatever
flows into them, so that more may be told than is compared, and what a filter or a
calculation makes of a number is not worked out: 2048 is not told above.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from jinja2 import nodes

from kvariant.kconfig import SymbolType

_TRUTHS = {SymbolType.STRING: "", SymbolType.INT: "0", SymbolType.HEX: "0x0"}
"""The text at which a value is false."""


def comparisons(
    templates: Iterable[nodes.Template], types: Mapping[str, SymbolType]
) -> Mapping[str, tuple[str, ...]]:
    """Return the texts that ints, hexes and strings are compared with, by symbol."""
    trees = list(templates)
    flows = _Flows(trees)
    found: dict[str, dict[str, None]] = {}

    def tell(symbols: Iterable[str], constants: Iterable[str | int]) -> None:
        for name in symbols:
            kind = types.get(name)
            if kind is None or kind.is_logical:
                continue
            for value in constants:
                if isinstance(value, int) and kind is SymbolType.HEX:
                    text = hex(value)
                else:
                    text = str(value)
                found.setdefault(name, {})[text] = None

    for tree in trees:
        for node in tree.find_all((nodes.Compare, nodes.Test)):
            symbols, constants = flows.behind(node)
            tell(symbols, constants)
        for test in _truths(tree):
            name = test.name
            for symbol in flows.behind(test)[0] if name not in types else [name]:
                if (kind := types.get(symbol)) in _TRUTHS:
                    found.setdefault(symbol, {})[_TRUTHS[kind]] = None
    return {name: tuple(texts) for name, texts in found.items()}


class _Flows:
    """What may be the value of a name that templates set."""

    def __init__(self, trees: Sequence[nodes.Template]) -> None:
        self._sources: dict[str, list[nodes.Node]] = {}
        for tree in trees:
            for name, source in _assignments(tree):
                self._sources.setdefault(name, []).append(source)

    def behind(self, node: nodes.Node) -> tuple[dict[str, None], dict[str | int, None]]:
        """Return the names that no template sets, and the numbers and texts, in an expression."""
        names: dict[str, None] = {}
        constants: dict[str | int, None] = {}
        seen: set[str] = set()
        due = [node]
        while due:
            for part in _all_parts(due.pop()):
                if isinstance(part, nodes.Const) and type(part.value) in (int, str):
                    constants[part.value] = None
                elif isinstance(part, nodes.Neg) and isinstance(part.node, nodes.Const):
                    if type(part.node.value) is int:
                        constants[-part.node.value] = None
                elif isinstance(part, nodes.Name) and part.name not in seen:
                    seen.add(part.name)
                    names[part.name] = None
                    due += self._sources.get(part.name, ())
        return names, constants


def _assignments(tree: nodes.Template) -> Iterator[tuple[str, nodes.Node]]:
    """Yield a name and an expression that it may stand for."""
    sources = [
        *((node.target, node.node) for node in tree.find_all(nodes.Assign)),
        *((node.target, node.iter) for node in tree.find_all(nodes.For)),
    ]
    for targets, source in sources:
        for target in _all_parts(targets):
            if isinstance(target, nodes.Name):
                yield target.name, source
    for node in tree.find_all(nodes.With):
        for target, source in zip(node.targets, node.values, strict=True):
            if isinstance(target, nodes.Name):
                yield target.name, source
    macros = {node.name: node for node in tree.find_all(nodes.Macro)}
    for call in tree.find_all(nodes.Call):
        macro = macros.get(getattr(call.node, "name", ""))
        if macro is None:
            continue
        for parameter, given in zip(macro.args, call.args, strict=False):
            yield parameter.name, given
        for keyword in call.kwargs:
            yield keyword.key, keyword.value


def _truths(tree: nodes.Template) -> Iterator[nodes.Name]:
    """Yield the names whose values are asked for being true."""
    due: list[nodes.Node] = [
        *(node.test for node in tree.find_all(nodes.If)),
        *(node.test for node in tree.find_all(nodes.CondExpr)),
    ]
    while due:
        node = due.pop()
        if isinstance(node, nodes.Name):
            yield node
        elif isinstance(node, nodes.Not):
            due.append(node.node)
        elif isinstance(node, nodes.And | nodes.Or):
            due += [node.left, node.right]


def _all_parts(node: nodes.Node) -> Iterator[nodes.Node]:
    """Yield a node and all below it, in the template's order."""
    yield node
    for child in node.iter_child_nodes():
        yield from _all_parts(child)
