# SPDX-License-Identifier: MIT
"""Kconfig: reads a tree, resolves assignments, writes `.config` and its kin."""

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
