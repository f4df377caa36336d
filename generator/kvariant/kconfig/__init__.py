# SPDX-License-Identifier: MIT
"""Kconfig: reads a tree, resolves assignments, writes `.config` and its kin.

Names are loaded on first use: who has configurations at hand does without what reads a tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.loading import on_first_use

if TYPE_CHECKING:
    from kvariant.kconfig.configuration import Configuration, Dropped
    from kvariant.kconfig.dialect import Dialect
    from kvariant.kconfig.expression import Expression
    from kvariant.kconfig.fragment import Fragment, read_fragment, read_fragments
    from kvariant.kconfig.reader import ShellCommand
    from kvariant.kconfig.symbol import Choice, Symbol
    from kvariant.kconfig.tree import Tree
    from kvariant.kconfig.value import SymbolType, Tristate

__all__ = [
    "Choice",
    "Configuration",
    "Dialect",
    "Dropped",
    "Expression",
    "Fragment",
    "ShellCommand",
    "Symbol",
    "SymbolType",
    "Tree",
    "Tristate",
    "read_fragment",
    "read_fragments",
]

__getattr__ = on_first_use(
    __name__,
    {
        "configuration": ("Configuration", "Dropped"),
        "dialect": ("Dialect",),
        "expression": ("Expression",),
        "fragment": ("Fragment", "read_fragment", "read_fragments"),
        "reader": ("ShellCommand",),
        "symbol": ("Choice", "Symbol"),
        "tree": ("Tree",),
        "value": ("SymbolType", "Tristate"),
    },
)
