# SPDX-License-Identifier: MIT
"""A variant as a test sees it: its values, its code in Python and in C.

variant["USERFAULTFD"]                        True
variant.import_module("pte_markers.swapops")  the variant's own copy
variant.library("pte_markers")                its shared library
variant.artifact("u-boot.bin")                what a step made for it
variant.python.swapops.swp_entry(1, 2)        module view, from the interface
variant.c.swp_entry(1, 2)                     exported helper, over 64-bit words
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from kvariant.build import existing_constants, existing_helpers, words
from kvariant.errors import Diagnostic, InputError, Location, did_you_mean, displayed
from kvariant.kconfig import Configuration, SymbolType
from kvariant.pytest_plugin.generated_module import imported

if TYPE_CHECKING:
    from kvariant.plan import Variant
    from kvariant.render import Interface
    from kvariant.render.value import Value


class Builder(Protocol):
    """Where a variant's files and its library come from."""

    @property
    def interface(self) -> Interface | None:
        """The interface of the templates, None where there is none."""

    def folder(self, name: str) -> Path:
        """Return the folder of a variant's files."""

    def library(self, name: str) -> Path:
        """Return its shared library."""


class VariantView:
    """What the `variant` fixture gives a test."""

    def __init__(self, variant: Variant, builder: Builder) -> None:
        self.name = variant.name
        self.config: Configuration = variant.configuration
        """Every symbol's value text."""
        self.path = builder.folder(variant.name)
        """The folder of its generated files, which are fresh."""
        self._builder = builder

    def __repr__(self) -> str:
        return f"<variant {self.name}>"

    def __getitem__(self, symbol: str) -> Value:
        """Return a symbol's value: bool, tristate's n, m or y, int, or str.

        Raises:
            InputError: the tree has no such symbol [unknown-symbol].
        """
        __tracebackhide__ = True
        if symbol not in self.config:
            raise InputError(
                Diagnostic(
                    message=f"no symbol is named {symbol}",
                    code="unknown-symbol",
                    hint=did_you_mean(symbol, list(self.config)),
                )
            )
        text, kind = self.config[symbol], self.config.types[symbol]
        match kind:
            case SymbolType.BOOL:
                return text == "y"
            case SymbolType.INT | SymbolType.HEX:
                return int(text, 16 if kind is SymbolType.HEX else 10) if text else 0
            case _:
                return text

    def import_module(self, name: str) -> ModuleType:
        """Import a generated module, this variant's own copy of it.

        The package gets a private name, so that all variants load side by side
        in one process; generated code must therefore import relatively. Modules that
        lie beside each other in no package import each other by their names.

        Raises:
            InputError: there is no such module, or it imports its own package by name.
        """
        __tracebackhide__ = True
        top, _, rest = name.partition(".")
        root = self._package_root(top)
        return imported(top, root, rest, self._sibling)

    def _sibling(self, name: str) -> ModuleType | None:
        """Return what a module that is in no package means by a name, None if it is not ours."""
        return self.import_module(name) if name.partition(".")[0] in self._roots else None

    def library(self, name: str) -> Path:
        """Return the path of a shared library, built now if it has not been.

        Raises:
            FailedError: it does not compile; the message is the compiler's.
            InputError: the interface names another library, or none.
        """
        interface = self._builder.interface
        if interface is None or interface.library != name:
            known = interface.library if interface else ""
            raise InputError(
                Diagnostic(
                    message=f"no library is named {name!r}",
                    code="no-library",
                    hint=f"the interface names {known or 'none'}",
                )
            )
        return self._builder.library(self.name)

    def artifact(self, path: str) -> Path:
        """Return a file that a step made in the variant's folder, which steps know as `{out}`.

        Raises:
            InputError: no step made it, or it was not kept [no-artifact].
        """
        found = self.path / path
        if not found.exists():
            raise InputError(
                Diagnostic(
                    message=f"{self.name} has no {path}",
                    code="no-artifact",
                    location=Location(displayed(self.path)),
                    hint=f"kvariant sweep -k {self.name} runs the steps; what one of them makes"
                    " stays if its `artifacts` name it",
                )
            )
        return found

    @cached_property
    def python(self) -> PythonView:
        """The variant's Python modules by their names in the interface."""
        return PythonView(self, self._require_interface())

    @cached_property
    def c(self) -> CView:
        """The variant's exported C helpers and constants."""
        interface = self._require_interface()
        return CView(self.library(interface.library), interface, self.config)

    def _require_interface(self) -> Interface:
        if self._builder.interface is None:
            raise InputError(
                Diagnostic(
                    message="views need an interface.toml in the templates", code="no-interface"
                )
            )
        return self._builder.interface

    def _package_root(self, top: str) -> Path:
        __tracebackhide__ = True
        roots = self._roots
        if top not in roots:
            raise InputError(
                Diagnostic(
                    message=f"no generated module {top!r}",
                    code="no-module",
                    location=Location(displayed(self.path)),
                    hint=did_you_mean(top, list(roots)),
                )
            )
        return roots[top]

    @cached_property
    def _roots(self) -> Mapping[str, Path]:
        """Return the folder of each generated package, the file of each module alone."""
        found: dict[str, Path] = {}
        for folder in (self.path / "python", self.path):
            packages = {path.parent.name: path.parent for path in folder.glob("*/__init__.py")}
            found = {path.stem: path for path in folder.glob("*.py")} | packages | found
        return found


class PythonView:
    """A variant's generated Python, a module per interface module."""

    def __init__(self, variant: VariantView, interface: Interface) -> None:
        self._modules: Mapping[str, str] = {
            name: outputs["python"].removeprefix("python/").removesuffix(".py").replace("/", ".")
            for name, outputs in interface.modules.items()
            if "python" in outputs
        }
        self._variant = variant

    def __getattr__(self, name: str) -> ModuleType:
        __tracebackhide__ = True
        if name not in self._modules:
            message = f"the interface has no Python module {name!r}"
            raise _absent(message, "no-module", name, list(self._modules))
        return self._variant.import_module(self._modules[name])


class CView:
    """A variant's exported helpers: ints in, an int (or bool) out, each 64 bits unsigned.

    A helper that takes a value of several fields takes one int for each, in the
    interface's order. Constants are ints. Names that do not exist in the
    variant are not there: `hasattr` tells.
    """

    def __init__(self, library: Path, interface: Interface, configuration: Configuration) -> None:
        self._library = ctypes.CDLL(str(library))
        self._helpers = {
            h.name: h for h in existing_helpers(interface, configuration) if not h.private
        }
        self._arity = {
            name: len(words(interface, helper)) for name, helper in self._helpers.items()
        }
        names = [c.name for c in existing_constants(interface, configuration) if not c.private]
        table = (ctypes.c_uint64 * len(names)).in_dll(self._library, "kvariant_constant_values")
        self._constants = dict(zip(names, table, strict=True))

    def __dir__(self) -> list[str]:
        return [*self._helpers, *self._constants]

    def __getattr__(self, name: str) -> Any:
        __tracebackhide__ = True
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._constants:
            return self._constants[name]
        if name not in self._helpers:
            message = f"no helper or constant {name!r} exists in this variant"
            raise _absent(message, "no-helper", name, dir(self))
        function = getattr(self._library, name)
        function.argtypes = [ctypes.c_uint64] * self._arity[name]
        # A bool is exported as 0 or 1.
        is_truth = self._helpers[name].result == "bool"
        function.restype = ctypes.c_bool if is_truth else ctypes.c_uint64
        setattr(self, name, function)
        return function

    def counter(self, name: str) -> int:
        """Return an `unsigned long` variable that the library exports, such as `warn_hits`."""
        return ctypes.c_ulong.in_dll(self._library, name).value


def _absent(message: str, code: str, name: str, known: Sequence[str]) -> AttributeError:
    """Return an error of ours that `hasattr` understands."""
    hint = did_you_mean(name, known)
    return AttributeError(str(Diagnostic(message=message, code=code, hint=hint)))
