# SPDX-License-Identifier: MIT
"""What a configuration asks for, as far as another tree has its symbols."""

from __future__ import annotations

import re
from collections.abc import Collection


def of_known_symbols(text: str, prefix: str, symbols: Collection[str]) -> str:
    """Return a minimal configuration without the lines of symbols that a tree does not define."""
    row = re.compile(rf"(?:# )?{re.escape(prefix)}(\w+)(?:=| is not set)")
    lines = text.split("\n")
    return "\n".join(
        line for line in lines if (match := row.match(line)) is None or match[1] in symbols
    )
