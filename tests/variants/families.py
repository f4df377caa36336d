# SPDX-License-Identifier: MIT
"""One face for the generated C and the generated Python of a variant.

Helpers are called with ints in both, a mapping with a `Vma`; by their first names,
whatever the variant calls them. The interface is read for what the code itself does
not tell: signatures, and which module of the Python package is a name's home.
"""

from __future__ import annotations

import ctypes
import tomllib
from collections.abc import Callable
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from facts import Facts

from kvariant.kconfig import Expression

if TYPE_CHECKING:
    from kvariant.pytest_plugin.variant_fixture import VariantView

KINDS = ("anon", "shmem", "hugetlb", "file")
"""Kinds of mapping; C counts them in this order."""

LANGUAGES = ("c", "python")


class Vma(NamedTuple):
    """A mapping, for either language."""

    kind: str
    vm_flags: int


class Signature(NamedTuple):
    """What the interface declares of a helper."""

    arguments: tuple[str, ...]
    """Types, in order."""
    result: str


class Family:
    """A variant's helpers and constants in one language, as attributes."""

    def __init__(self, variant: VariantView, language: str) -> None:
        self.language = language
        self.variant = variant
        self._wrap = _c_call if language == "c" else _python_call
        self._names = Facts(variant).names

    def __repr__(self) -> str:
        return f"<{self.language} of {self.variant.name}>"

    def __getattr__(self, name: str) -> Any:
        value = self._raw(self._names.get(name, name))
        if not callable(value):
            return value
        arguments = signatures(self.variant)[name].arguments
        found = self._wrap(self.variant, value, arguments) if "vma" in arguments else value
        setattr(self, name, found)
        return found

    @cached_property
    def helpers(self) -> frozenset[str]:
        """The names of the helpers that are there, as the code itself has them."""
        if self.language == "c":
            return frozenset(_table(self._library, "kvariant_helpers"))
        return frozenset(name for name in homes("helper") if self._has(name))

    @property
    def constants(self) -> dict[str, int]:
        """The constants that are there, as the code itself has them."""
        if self.language == "python":
            return {name: self._raw(name) for name in homes("constant") if self._has(name)}
        names = _table(self._library, "kvariant_constants")
        values = (ctypes.c_uint64 * len(names)).in_dll(self._library, "kvariant_constant_values")
        return dict(zip(names, values, strict=True))

    @cached_property
    def _library(self) -> ctypes.CDLL:
        return ctypes.CDLL(str(self.variant.library("pte_markers")))

    def _has(self, name: str) -> bool:
        try:
            self._raw(name)
        except AttributeError:
            return False
        return True

    def _raw(self, name: str) -> Any:
        if self.language == "c":
            return getattr(self.variant.c, name)
        home = {**homes("helper"), **homes("constant")}.get(name)
        if home is None:
            raise AttributeError(name)
        return getattr(getattr(self.variant.python, home), name)


_SIGNATURES: dict[str, dict[str, Signature]] = {}


def signatures(variant: VariantView) -> dict[str, Signature]:
    """Return the helpers that the interface declares for a variant, by their first names."""
    if variant.name not in _SIGNATURES:
        _SIGNATURES[variant.name] = {
            entry["name"]: Signature(
                tuple(_type_of(argument) for argument in entry["arguments"]), entry["result"]
            )
            for entry in _interface()["helper"]
            if not entry.get("private")
            and variant.config.satisfies(_expression(entry.get("exists", "y")))
        }
    return _SIGNATURES[variant.name]


@cache
def homes(kind: str) -> dict[str, str]:
    """Return every name that a helper or a constant has anywhere, with its module."""
    return {
        name: entry["module"]
        for entry in _interface()[kind]
        for name in (entry["name"], *entry.get("renamed", {}))
        if not entry.get("private")
    }


@cache
def _expression(text: str) -> Expression:
    return Expression.parse(text)


def _type_of(argument: str) -> str:
    """Return T of `name: T` or `name: T = default`."""
    return argument.partition(":")[2].partition("=")[0].strip()


@cache
def _interface() -> dict[str, Any]:
    path = Path(__file__).parents[2] / "generator" / "templates" / "interface.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _table(library: ctypes.CDLL, symbol: str) -> list[str]:
    """Read a NULL-terminated array of C strings."""
    names: list[str] = []
    address = ctypes.addressof(ctypes.c_char_p.in_dll(library, symbol))
    while name := ctypes.c_char_p.from_address(address + 8 * len(names)).value:
        names.append(name.decode())
    return names


def _c_call(
    variant: VariantView, function: Callable[..., Any], arguments: tuple[str, ...]
) -> Callable[..., Any]:
    has_async = arguments == ("vma", "flags", "bool")

    def call(vma: Vma, *rest: int) -> Any:
        words = [*rest, 0] if has_async and len(rest) == 1 else rest
        return function(KINDS.index(vma.kind), vma.vm_flags, *words)

    return call


def _python_call(
    variant: VariantView, function: Callable[..., Any], arguments: tuple[str, ...]
) -> Callable[..., Any]:
    del arguments
    generated = variant.python.userfaultfd.Vma

    def call(vma: Vma, *rest: int) -> Any:
        return function(generated(*vma), *rest)

    return call
