# SPDX-License-Identifier: MIT
"""What a review is to tell, from what a tree's own tool makes of configurations before and after.

Values are by configuration and symbol; what a configuration has not is n.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Values = Mapping[str, str]
"""Of one configuration."""


def told(record: Any, names: Mapping[str, str]) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the changed values of a review: nothing is as good as n or empty."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for row in record["values"]:
        for name in row["configurations"]:
            for symbol in row["symbols"]:
                assert (names[name], symbol) not in found, "told twice"
                found[names[name], symbol] = shown(row["old"]), shown(row["new"])
    return found


def shown(text: str | None) -> str:
    """Return a value as it is compared."""
    return "" if text in (None, "n") else str(text)


def changed(
    before: Mapping[str, Values], after: Mapping[str, Values], renamed: Mapping[str, str]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the values that differ between two resolutions."""
    found = {}
    olds = set(renamed.values())
    for name, new in after.items():
        old = before[name]
        for symbol in {*old, *new, *renamed} - olds:
            pair = shown(old.get(renamed.get(symbol, symbol))), shown(new.get(symbol))
            if pair[0] != pair[1]:
                found[name, symbol] = pair
    return found


def asked_of(config: str) -> Mapping[str, str]:
    """Return what the text of a configuration asks for."""
    found = {}
    for line in config.splitlines():
        if match := re.fullmatch(r"CONFIG_(\w+)=(.*)", line):
            found[match[1]] = match[2].strip('"')
        elif match := re.fullmatch(r"# CONFIG_(\w+) is not set", line):
            found[match[1]] = "n"
    return found


def dropped(record: Any, names: Mapping[str, str]) -> set[tuple[str, str]]:
    """Return what is told as newly dropped."""
    return {(names[n], one["symbol"]) for one in record["dropped"] for n in one["configurations"]}


def newly_dropped(
    before: Mapping[str, Values],
    after: Mapping[str, Values],
    asked: Mapping[str, Mapping[str, str]],
) -> set[tuple[str, str]]:
    """Return asked-for values that took and do not."""
    return {
        (name, symbol)
        for name, lines in asked.items()
        for symbol, text in lines.items()
        if before[name].get(symbol, "n") == text and after[name].get(symbol, "n") != text
    }
