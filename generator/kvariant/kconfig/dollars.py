# SPDX-License-Identifier: MIT
"""What a dollar means in a Kconfig file, which differs between the tools that read them.

                     "$(X)"                    "$X" and "${X}"
    KCONFIGLIB       macro, then environment   environment, in every quoted text
    MACROS           macro, then environment   nothing: these characters
    NAMES            nothing: these characters the symbol X's value, in `source` and `mainmenu`

The C tool had NAMES until Linux 4.17 and has MACROS since 4.18, with preprocess.c
[scripts/kconfig: `sym_expand_string_value()`; preprocess.c, `expand_string()`].
"""

from __future__ import annotations

import enum
from pathlib import Path


class Dollars(enum.Enum):
    """Whose meaning of a dollar holds."""

    KCONFIGLIB = "kconfiglib"
    MACROS = "macros"
    NAMES = "names"


def dollars_of(folder: Path | None, dialect: str) -> Dollars:
    """Return what a dollar means.

    Args:
        folder: the source of the tree's own C tool, None without any.
        dialect: the named set of rules that hold without it.
    """
    if folder is not None:
        return Dollars.MACROS if (folder / "preprocess.c").exists() else Dollars.NAMES
    return Dollars.KCONFIGLIB if dialect == "kconfiglib" else Dollars.MACROS
