# SPDX-License-Identifier: MIT
"""How each output language spells signatures, stubs, constants and comments."""

from __future__ import annotations

import functools
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from kvariant.render.interface import Helper, InterfaceConstant, Stub

_COLUMNS = 90
STUB_MAKES_ENTRIES = "swp_entry"
"""The helper that the stub value `empty-entry` calls."""
_STUB_WORDS = {"c": {"false": "false", "zero": "0"}, "python": {"false": "False", "zero": "0"}}


class Language(Protocol):
    """What a language must say for the helper and constant tags."""

    @property
    def name(self) -> str:
        """As the interface calls it."""

    def comment(self, text: str) -> str:
        """Return a one-line comment."""

    def helper(self, helper: Helper, spelled: Mapping[str, str], body: str | None) -> str:
        """Return the definition of a helper.

        Args:
            helper: what is declared of it.
            spelled: how its types are written, by their names in the interface.
            body: None for its stub.
        """

    def constant(self, constant: InterfaceConstant, expression: str) -> str:
        """Return the definition of a constant."""

    def tidied(self, text: str) -> str:
        """Return text without trailing blanks and surplus blank lines."""


@dataclass(frozen=True)
class C:
    """C11: helpers are `static inline`, constants are macros so that #ifdef sees them."""

    name: ClassVar[str] = "c"

    def comment(self, text: str) -> str:
        return f"/* {text} */"

    def helper(self, helper: Helper, spelled: Mapping[str, str], body: str | None) -> str:
        arguments = [_declared(spelled[a.type], a.name) for a in helper.arguments]
        head = _declared(f"static inline {spelled[helper.result]}", f"{helper.name}(")
        signature = f"{head}{', '.join(arguments) or 'void'})"
        if len(signature) > _COLUMNS:
            signature = f"{head}\n\t\t{', '.join(arguments)})"
        if body is None:
            body = "\n".join(f"\t{line}" for line in self._stub(helper))
        return f"{self._block(helper.meaning)}{signature}\n{{\n{body}\n}}\n"

    def constant(self, constant: InterfaceConstant, expression: str) -> str:
        single = re.fullmatch(r"\w+(?:\(\w*\))?", expression)
        return f"#define {constant.name} {expression if single else f'({expression})'}\n"

    def tidied(self, text: str) -> str:
        return _tidied(text, blank=1)

    def _stub(self, helper: Helper) -> list[str]:
        assert helper.stub is not None
        lines = ["WARN_ON_ONCE(1);"] if helper.stub.warn else []
        return [*lines, f"return {_stub_value(helper, helper.stub, 'c')};"]

    def _block(self, meaning: str) -> str:
        if not meaning:
            return ""
        if len(meaning) <= _COLUMNS:
            return f"/* {meaning} */\n"
        return "/*\n" + "".join(f" * {line}\n" for line in _wrapped(meaning)) + " */\n"


@functools.lru_cache(maxsize=1024)  # a helper's is the same in each of a thousand variants
def _wrapped(meaning: str) -> tuple[str, ...]:
    """Return the lines of a comment."""
    return tuple(textwrap.wrap(meaning, _COLUMNS))


@functools.lru_cache(maxsize=1024)
def _docstring(meaning: str) -> str:
    """Return the docstring of a function."""
    text = f'"""{meaning}"""'
    return textwrap.fill(text, 88, initial_indent="    ", subsequent_indent="    ")


@dataclass(frozen=True)
class Python:
    """Python 3.11: typed functions with a docstring."""

    name: ClassVar[str] = "python"

    def comment(self, text: str) -> str:
        return f"# {text}"

    def helper(self, helper: Helper, spelled: Mapping[str, str], body: str | None) -> str:
        arguments = [
            f"{a.name}: {spelled[a.type]}"
            + (f" = {_STUB_WORDS['python'].get(a.default, a.default)}" if a.default else "")
            for a in helper.arguments
        ]
        signature = f"def {helper.name}({', '.join(arguments)}) -> {spelled[helper.result]}:"
        doc = ""
        if helper.meaning:
            doc = _docstring(helper.meaning)
        if body is None:
            body = "\n".join(f"    {line}" for line in self._stub(helper))
        return "\n".join(part for part in (signature, doc, body) if part) + "\n"

    def constant(self, constant: InterfaceConstant, expression: str) -> str:
        return f"{constant.name} = {expression}\n"

    def tidied(self, text: str) -> str:
        return _tidied(text, blank=2)

    def _stub(self, helper: Helper) -> list[str]:
        assert helper.stub is not None
        lines = [f'warn_on_once("{helper.name}")'] if helper.stub.warn else []
        return [*lines, f"return {_stub_value(helper, helper.stub, 'python')}"]


_BY_SUFFIX: dict[str, Language] = {".c": C(), ".h": C(), ".py": Python()}


def language_of(path: str) -> Language | None:
    """Return the language of an output file by its suffix, None for other files."""
    return _BY_SUFFIX.get(PurePosixPath(path).suffix)


def renamed(text: str, names: Mapping[str, str]) -> str:
    """Return text in which each word that is a key of `names` is its value."""
    there = [name for name in names if name in text]  # few are, and looking for one is quick
    if not there:
        return text
    words = "|".join(map(re.escape, sorted(there)))
    return re.sub(rf"\b(?:{words})\b", lambda found: names[found[0]], text)


def _stub_value(helper: Helper, stub: Stub, language: str) -> str:
    match stub.value:
        case "false" | "zero":
            return _STUB_WORDS[language][stub.value]
        case "argument":
            return helper.arguments[0].name
        case "empty-entry":
            return f"{STUB_MAKES_ENTRIES}(0, 0)"


def _declared(spelling: str, name: str) -> str:
    return f"{spelling}{name}" if spelling.endswith("*") else f"{spelling} {name}"


def _tidied(text: str, blank: int) -> str:
    text = "\n".join([line.rstrip(" \t") for line in text.split("\n")])
    most = "\n" * (blank + 1)
    if f"{most}\n" in text:
        text = re.sub(rf"{most}\n+", most, text)
    return text.strip("\n") + "\n"
