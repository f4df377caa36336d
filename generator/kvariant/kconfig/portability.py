# SPDX-License-Identifier: MIT
"""Constructs that kvariant reads and the tree's own tool refuses, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import kconfiglib

from kvariant.errors import Diagnostic, Location, Note, Severity, source_line
from kvariant.kconfig.syntax.construct import Construct, Found

if TYPE_CHECKING:
    from kvariant.kconfig.c_tool import CTool
    from kvariant.kconfig.reader import Reader


def portability(constructs: Iterable[Found], tool: CTool) -> list[Diagnostic]:
    """Return a warning for each construct of a parsed tree that a C tool refuses."""
    refused = [found for found in constructs if tool.refuses(found)]
    refused.sort(key=lambda found: (found.location.path, found.location.line))
    return [_warning(found, tool) for found in refused]


def constructs(reader: Reader) -> tuple[Found, ...]:
    """Return the constructs of a parsed tree that some tool refuses, each once."""
    return tuple(dict.fromkeys([*reader.recorded.found, *_seen_in_the_end(reader)]))


def _seen_in_the_end(reader: Reader) -> Iterator[Found]:
    """Yield what is seen of a tree only when it is parsed: choices and their members."""
    for choice in reader.unique_choices:
        yield from _of_choice(reader, choice)
    for name in dict.fromkeys(reader.recorded.transitional):
        for node in reader.syms[name].nodes:
            if _is_more_than_transitional(reader, node):
                yield Found(Construct.TRANSITIONAL_MORE, _place(reader, node), name)
    for symbol in reader.unique_defined_syms:
        for node in symbol.nodes:
            if node.is_menuconfig and not node.prompt:
                yield Found(Construct.MENUCONFIG_PROMPTLESS, _place(reader, node), symbol.name)


def _of_choice(reader: Reader, choice: Any) -> Iterator[Found]:
    for node in choice.nodes:
        if not node.prompt:
            yield Found(Construct.CHOICE_PROMPTLESS, _place(reader, node), choice.name or "")
    for member in dict.fromkeys(choice.syms):
        inner = [node for node in member.nodes if _is_in(node, choice)]
        for node in inner:
            place = _place(reader, node)
            if not node.prompt:
                yield Found(Construct.MEMBER_PROMPTLESS, place, member.name)
            if member.orig_type is not kconfiglib.BOOL:
                yield Found(Construct.MEMBER_NOT_BOOL, place, member.name)
        prompted = [node for node in member.nodes if node.prompt]
        for node in prompted:
            if not _is_in(node, choice):
                yield Found(Construct.MEMBER_OUTER_PROMPT, _place(reader, node), member.name)
        for node in [node for node in prompted if _is_in(node, choice)][1:]:
            yield Found(Construct.MEMBER_OTHER_PROMPT, _place(reader, node), member.name)
        for node in member.nodes:
            if node.defaults:
                yield Found(Construct.MEMBER_DEFAULT, _place(reader, node), member.name)


def _is_in(node: Any, choice: Any) -> bool:
    return node.parent is not None and node.parent.item is choice


def _is_more_than_transitional(reader: Reader, node: Any) -> bool:
    properties = (node.prompt, node.defaults, node.selects, node.implies, node.ranges)
    return node.dep is not reader.y or any(properties)


def _place(reader: Reader, node: Any) -> Location:
    return Location(reader.path_of(node.filename), node.linenr, 1)


def _warning(found: Found, tool: CTool) -> Diagnostic:
    why, path = tool.reason(found)
    subject = f"{found.text}: " if found.text and found.construct is not Construct.FORK else ""
    what = found.construct.value
    if found.construct is Construct.FORK:
        what = f"{what}, {found.text!r}"
    return Diagnostic(
        message=f"{subject}{what}, which the tree's own tool refuses",
        code="portability",
        location=found.location,
        excerpt=source_line(found.location.path, found.location.line),
        notes=(Note(why, Location(str(path))),),
        severity=Severity.WARNING,
    )
