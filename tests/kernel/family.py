# SPDX-License-Identifier: MIT
"""Our family's side: rendered by kvariant, loaded in Python and in C.

Both languages are seen through one face: a helper is called on lists of words,
a constant is a number, and a name is there or is not.
"""

import ctypes
import importlib.util
import itertools
import sys
import warnings
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Protocol

from .contract import CONSTANTS, KINDS, OPTIONAL_CONSTANTS, Helper, Word, helpers
from .native import Caller

MODULES = ("pgtable", "swap", "swapops", "userfaultfd")
_LOADED = itertools.count()


class Side(Protocol):
    """A family in one language."""

    language: str
    names: frozenset[str]
    """The contract's helpers that it has; for C also any other that it exports."""
    constants: Mapping[str, int]

    def outputs(self, helper: Helper, inputs: "array[int]") -> Sequence[int]:
        """Return a helper's result for each call's words, one call's after the other's."""

    def warnings(self) -> tuple[int, int]:
        """Return how many warnings were met, and how many of them were printed."""


class PythonSide:
    """The importable package of a variant, loaded beside any others."""

    language = "python"

    def __init__(self, package: Path, release: str) -> None:
        """Import the package from its folder, under a name of its own."""
        self._name = f"kernel_family_{next(_LOADED)}"
        place = package / "__init__.py"
        spec = importlib.util.spec_from_file_location(
            self._name, place, submodule_search_locations=[str(package)]
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[self._name] = module
        spec.loader.exec_module(module)
        self._modules: dict[str, ModuleType] = {
            name: importlib.import_module(f"{self._name}.{name}") for name in MODULES
        }
        self.names = frozenset(
            helper.name
            for helper in helpers(release)
            if hasattr(self._modules[helper.module], helper.name)
        )
        self.constants: Mapping[str, int] = {
            name: getattr(module, name)
            for name in CONSTANTS + OPTIONAL_CONSTANTS
            for module in self._modules.values()
            if hasattr(module, name)
        }

    def outputs(self, helper: Helper, inputs: "array[int]") -> list[int]:
        """Return a helper's results; a bool counts as 0 or 1."""
        function = getattr(self._modules[helper.module], helper.name)
        vma = self._modules["userfaultfd"].Vma
        arity = helper.words
        calls = (
            zip(*(inputs[at::arity] for at in range(arity)), strict=True) if arity else iter([()])
        )
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # a stub may warn; the kernel's warnings are counted apart
            if helper.arguments[:1] == (Word.VMA,):
                return [function(vma(KINDS[kind], flags), *rest) for kind, flags, *rest in calls]
            if arity == 1:
                return [function(word) for word in inputs]
            return [function(*call) for call in calls]

    def warnings(self) -> tuple[int, int]:
        """Return the package's counters."""
        counters = importlib.import_module(f"{self._name}.warn")
        return counters.warn_hits, counters.warn_fired

    def unload(self) -> None:
        """Forget the modules; hundreds of variants pass through one process."""
        for name in [name for name in sys.modules if name.split(".")[0] == self._name]:
            del sys.modules[name]


class CSide:
    """The shared library of a variant."""

    language = "c"

    def __init__(self, library: Path, caller: Caller) -> None:
        """Load the library and read its tables."""
        self._library = ctypes.CDLL(str(library))
        self._caller = caller
        self.names = frozenset(_table(self._library, "kvariant_helpers"))
        names = _table(self._library, "kvariant_constants")
        values = (ctypes.c_uint64 * len(names)).in_dll(self._library, "kvariant_constant_values")
        self.constants: Mapping[str, int] = dict(zip(names, values, strict=True))

    def outputs(self, helper: Helper, inputs: "array[int]") -> "array[int]":
        """Return a helper's results."""
        return self._caller.outputs(self._library, helper.name, helper.words, inputs)

    def warnings(self) -> tuple[int, int]:
        """Return the library's counters."""
        hits, fired = (
            ctypes.c_ulong.in_dll(self._library, name).value for name in ("warn_hits", "warn_fired")
        )
        return hits, fired


def _table(library: ctypes.CDLL, name: str) -> list[str]:
    """Return a NULL-terminated table of strings."""
    entries = (ctypes.c_char_p * 1024).in_dll(library, name)  # read no further than NULL
    return [
        entry.decode() for entry in itertools.takewhile(lambda entry: entry is not None, entries)
    ]
