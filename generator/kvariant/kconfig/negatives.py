# SPDX-License-Identifier: MIT
"""Headers that say what is off: `#define CONFIG_X 0`, as coreboot and depthcharge have them.

Their C tool does it where KCONFIG_NEGATIVES is in the environment, whatever its value
(`print_symbol_for_c` and `__conf_write_autoconf` in coreboot's util/kconfig/confdata.c).
There a bool or tristate that is n is 0, and so is an int or hex without a value, also
what nobody can see; a text that is not written stays away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.kconfig.value import SymbolType
from kvariant.regular_file import read_text

if TYPE_CHECKING:
    from kvariant.kconfig.configuration import Configuration
    from kvariant.kconfig.tree import Tree  # which asks `has_negatives`

VARIABLE = "KCONFIG_NEGATIVES"
_SET = re.compile(rf"^\s*(?:export\s+)?{VARIABLE}\s*[:?]?=", re.MULTILINE)


def has_negatives(root: Path, environment: Mapping[str, str]) -> bool:
    """Return whether the headers of the tree at `root` say what is off.

    Args:
        environment: variables that are set; the tree's top Makefile may set it too.
    """
    if VARIABLE in environment:
        return True
    try:
        text = read_text(root / "Makefile", "replace")
    except OSError:
        return False
    return _SET.search(text) is not None


def own_header(tree: Tree, configuration: Configuration) -> str:
    """Return the header of a configuration as the tree's own tool would write it."""
    text = negatives_text if tree.has_negatives else type(tree).header_text
    return text(tree, configuration)


def negatives_text(tree: Tree, configuration: Configuration) -> str:
    """Return the header of a configuration that also says what is off, in Kconfig order."""
    head: list[str] = []
    lines: dict[str, str] = {}
    for line in tree.header_text(configuration).splitlines(keepends=True):
        if match := re.match(r"#define (\w+)", line):
            lines[match[1]] = line
        else:
            head.append(line)
    found = []
    for name, kind in tree.types.items():
        word = f"{tree.prefix}{name}"
        if kind is SymbolType.TRISTATE and configuration[name] == "m":
            found.append(lines.get(f"{word}_MODULE", ""))
        elif kind.is_logical and configuration[name] == "n" and word in lines:
            continue  # X_MODULE is off, and X is a module: one word for both, and that one is on
        else:
            found.append(
                lines.get(word, "" if kind is SymbolType.STRING else f"#define {word} 0\n")
            )
    return "".join([*head, *found])
