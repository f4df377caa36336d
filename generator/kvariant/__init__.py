# SPDX-License-Identifier: MIT
"""Know every variant of a Kconfig tree; generate, build and test the ones that matter."""

from kvariant.kconfig import (
    Choice,
    Configuration,
    Dropped,
    Expression,
    Fragment,
    Symbol,
    SymbolType,
    Tree,
    Tristate,
)

__all__ = [
    "Choice",
    "Configuration",
    "Dropped",
    "Expression",
    "Fragment",
    "Symbol",
    "SymbolType",
    "Tree",
    "Tristate",
]
