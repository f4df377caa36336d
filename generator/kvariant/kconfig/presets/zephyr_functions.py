# SPDX-License-Identifier: MIT
"""What the functions of Zephyr's Kconfig files give where no devicetree is known.

    $(dt_compat_enabled,COMPAT)     n: no node is there
    $(dt_node_reg_addr_hex,PATH)    0x0; ..._int: 0
    $(dt_chosen_label,CHOSEN)       nothing, as with all that give a path or label
    $(add,1,2)  $(inc_hex,7)  ...   numbers, which are reckoned

[Zephyr: scripts/kconfig/kconfigfunctions.py with KCONFIG_DOC_MODE]
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence

_TEXTS = {"dt_chosen_label", "dt_nodelabel_path", "dt_node_parent", "dt_node_str_prop"}
_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
    "max": max,
    "min": min,
}
_STEPS = {"inc": 1, "dec": -1}


def answer(call: Sequence[str]) -> str | None:
    """Return what a function gives, None of one that is not Zephyr's.

    Args:
        call: its name and arguments.
    """
    name, *arguments = call
    if name.startswith("dt_") and arguments:
        return _of_devicetree(name)
    if name.startswith("shields_list_contains"):
        shields = os.environ.get("SHIELD_AS_LIST", "").split(";")
        return "y" if arguments[0] in shields and arguments[0] else "n"
    if name == "normalize_upper" and arguments:
        return re.sub(r"[^a-zA-Z0-9_]", "_", arguments[0]).upper()
    if name == "substring" and len(arguments) > 1:
        numbers = [int(text) for text in arguments[1:]]
        return arguments[0][slice(*numbers)] if len(numbers) > 1 else arguments[0][numbers[0] :]
    if name == "dec_to_hex" and arguments:
        return hex(int(arguments[0]))
    return _reckoned(name, arguments) if arguments else None


def _of_devicetree(name: str) -> str:
    if name in _TEXTS:
        return ""
    if name.startswith("dt_node_int_prop") or name.endswith("_int"):
        return "0"
    return "0x0" if name.endswith("_hex") else "n"


def _reckoned(name: str, arguments: Sequence[str]) -> str | None:
    word, _, base = name.partition("_")
    written = hex if base == "hex" else str
    if base not in ("", "hex") or not all(_is_number(text) for text in arguments):
        return None
    numbers = [int(text, 0) for text in arguments]
    if word in _STEPS:
        return ",".join(written(number + _STEPS[word]) for number in numbers)
    if word not in _OPERATIONS:
        return None
    result = numbers[0]
    for number in numbers[1:]:
        result = _OPERATIONS[word](result, number)
    return written(result)


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"\s*[+-]?(0[xX][0-9a-fA-F]+|\d+)\s*", text))
