# SPDX-License-Identifier: MIT
"""Where the tools read the same Kconfig text differently."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class ConditionalDepends(enum.Enum):
    """What `depends on A if B` means."""

    ABSENT = "A || B = n"
    """B is n, or A counts [Linux 6.19, scripts/kconfig/menu.c, `menu_add_dep`]: n for A=n, B=m."""
    NEGATED = "A || !B"
    """The opposite of B, or A [sysprog21's Kconfiglib, `_parse_depends`]: m for A=n, B=m."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntaxRules:
    """How a tree's own tool reads what others read otherwise."""

    conditional_depends: ConditionalDepends = ConditionalDepends.ABSENT
    help_takes_keywords: bool = False
    """Whether the line below `help` is help even where it starts an entry at column 1.

    In the C tools it is, whatever it says [lexer.l, state HELP]: `help` and then `config B`
    defines no B. To kconfiglib the help is empty and B is defined. Other text at
    column 1 is help to both here; kconfiglib itself refuses it.
    """


KCONFIGLIB = SyntaxRules()
LINUX = SyntaxRules(help_takes_keywords=True)
