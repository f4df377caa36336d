# SPDX-License-Identifier: MIT
"""Know every variant of a Kconfig tree; generate, build and test the ones that matter.

Everything in `__all__` is public; the rest may change. Names are loaded on first
use, so that `import kvariant` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.loading import on_first_use

if TYPE_CHECKING:
    from kvariant.errors import (
        Diagnostic,
        InputError,
        KvariantError,
        Location,
        MissingError,
        Note,
    )
    from kvariant.kconfig import (
        Choice,
        Configuration,
        Dialect,
        Dropped,
        Expression,
        Fragment,
        ShellCommand,
        Symbol,
        SymbolType,
        Tree,
        Tristate,
    )
    from kvariant.space import (
        Assignments,
        Configurations,
        Explanation,
        Fix,
        Method,
        Samples,
        Space,
    )

_ERRORS = (
    "Diagnostic",
    "InputError",
    "KvariantError",
    "Location",
    "MissingError",
    "Note",
)
_SPACE = (
    "Assignments",
    "Configurations",
    "Explanation",
    "Fix",
    "Method",
    "Samples",
    "Space",
)

__all__ = [
    "Assignments",
    "Choice",
    "Configuration",
    "Configurations",
    "Diagnostic",
    "Dialect",
    "Dropped",
    "Explanation",
    "Expression",
    "Fix",
    "Fragment",
    "InputError",
    "KvariantError",
    "Location",
    "Method",
    "MissingError",
    "Note",
    "Samples",
    "ShellCommand",
    "Space",
    "Symbol",
    "SymbolType",
    "Tree",
    "Tristate",
]

__getattr__ = on_first_use(
    __name__,
    {
        "errors": _ERRORS,
        "space": _SPACE,
        "kconfig": {*__all__} - {*_ERRORS, *_SPACE},
    },
)
