# SPDX-License-Identifier: MIT
"""Mutants of `interface.toml`: stubs, in each language, and conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kvariant.render import Helper, Interface
from kvariant.render.interface import FILE
from kvariant.render.language import language_of

from .mutant import Edit, Kind, Mutant, Swap, edited

_WARNING = {"c": "WARN_ON_ONCE(1);", "python": 'warn_on_once("{name}")'}
_OTHER: dict[str, dict[str, tuple[str, ...]]] = {
    # value of a stub: what it answers instead, in C and in Python
    "false": {"c": ("true",), "python": ("True",)},
    "zero": {"c": ("1",), "python": ("1",)},
    "empty-entry": dict.fromkeys(_WARNING, ("swp_entry(0, 1)", "swp_entry(1, 0)")),
}


def mutants(source: str, interface: Interface) -> Iterator[Mutant]:
    """Yield every mutant of an interface, of whose file `source` is the text."""
    for helper in interface.helpers:
        if helper.stub:
            line = _line_of(source, interface, helper)
            for output in interface.outputs(helper.module).items():
                yield from _stubs(interface, helper, line, *output)
    for match in re.finditer(r'^(exists|requires) = "(.*)"$', source, re.MULTILINE):
        owner = re.findall(r'^name = "(\w+)"', source[: match.start()], re.MULTILINE)[-1]
        for edit in _conditions(match):
            yield edited(Kind.CONDITION, FILE, source, owner, edit)
    for match in re.finditer(r"= (true|false)(?=\")", source):
        other = "true" if match[1] == "false" else "false"
        edit = Edit(start=match.start(1), end=match.end(1), text=other)
        owner = re.findall(r'^name = "(\w+)"', source[: match.start()], re.MULTILINE)[-1]
        yield edited(Kind.CONSTANT, FILE, source, owner, edit)


def _stubs(
    interface: Interface, helper: Helper, line: int, language: str, output: str
) -> Iterator[Mutant]:
    """Yield one helper's stub in one language, broken in each way."""
    spoken = language_of(output)
    assert spoken is not None
    assert helper.stub is not None
    definitions = [
        spoken.helper(helper.model_copy(update={"name": name}), spelled, None)
        for name in helper.names
        for spelled in _spellings(interface, helper, language)
    ]
    indent, answer, end = re.findall(r"^(\s+)return (.*?)(;?)$", definitions[0], re.MULTILINE)[-1]
    tail = f"{indent}return {answer}{end}"
    warning = indent + _WARNING[language].format(name=helper.name)
    changes = [
        (Kind.STUB, tail, f"{indent}return {other}{end}")
        for other in _others(interface, helper, language, answer)
    ]
    if helper.stub.warn:
        changes.append((Kind.WARN, f"{warning}\n", ""))
    else:
        changes.append((Kind.WARN, tail, f"{warning}\n{tail}"))
    for kind, was, now in changes:
        yield Mutant(
            kind=kind,
            path=FILE,
            line=line,
            owner=helper.name,
            was=f"{output}: {_shown(was)}",
            now=f"{output}: {_shown(now)}",
            change=Swap(output=output, texts=_replaced(definitions, was, now)),
        )


def _replaced(definitions: Sequence[str], was: str, now: str) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys((old, old.replace(was, now)) for old in definitions))


def _spellings(interface: Interface, helper: Helper, language: str) -> list[dict[str, str]]:
    """Return how a helper's types are written at first, and at last."""
    types = {name: interface.types[name] for name in interface.type_names(helper)}
    first = {n: t.c if language == "c" else t.python for n, t in types.items()}
    last = dict(first)
    for name, kind in types.items():
        for spoken, renames in kind.renamed.items():
            last |= {name: [*renames][-1]} if spoken == language else {}
    return [first, last]


def _others(interface: Interface, helper: Helper, language: str, answer: str) -> tuple[str, ...]:
    assert helper.stub is not None
    if helper.stub.value != "argument":
        return _OTHER[helper.stub.value][language]
    spelling = interface.types[helper.result]
    if language == "c" and spelling.to:
        return tuple(f"{spelling.from_}({spelling.to}({answer}) {op})" for op in ("^ 1", "& 0"))
    return (f"{answer} ^ 1", "0")


def _conditions(match: re.Match[str]) -> Iterator[Edit]:
    """Yield a condition negated as a whole, then with one operator swapped or dropped."""
    start, condition = match.start(2), match[2]
    yield Edit(start=start, end=match.end(2), text=f"!({condition})")
    for found in re.finditer(r"&&|\|\||!(?!=)", condition):
        if found[0] == "!" and len(condition.split()) == 1:
            continue  # that is the whole, negated
        other = {"&&": "||", "||": "&&", "!": ""}[found[0]]
        yield Edit(start=start + found.start(), end=start + found.end(), text=other)


def _line_of(source: str, interface: Interface, helper: Helper) -> int:
    """Return the line of a helper's stub."""
    index = interface.helpers.index(helper)
    table = [m.start() for m in re.finditer(r"^\[\[helper\]\]", source, re.MULTILINE)][index]
    return source.count("\n", 0, source.index("\nstub", table) + 1) + 1


def _shown(text: str) -> str:
    return " ".join(text.split()) or "(nothing)"
