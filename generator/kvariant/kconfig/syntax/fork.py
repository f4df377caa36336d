# SPDX-License-Identifier: MIT
"""Words that only a fork of a Kconfig tool knows: what we do with each, and whose it is.

configdefault      Zephyr          defaults of a symbol that is defined elsewhere
reset              OpenWrt         a choice forgets the user's selection: menuconfig only
cont_choice        gem5            more members for a choice that was ended
output yaml        kdevops         the symbol goes into a YAML file as well
warning            ESP-IDF         a text for menuconfig
set, set default   ESP-IDF         a bool gives numbers and texts a value
help of a menu     ESP-IDF         a text for people
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

_FIRST_WORD = re.compile(r"\s*(?P<word>[A-Za-z_]+)(?P<rest>.*)", re.DOTALL)
_ASSIGNS = re.compile(r"\s*(?::=|\+=|=)")


class Word(enum.Enum):
    """A first word that we read, or know to be somebody else's."""

    CONFIGDEFAULT = "configdefault"
    CONT_CHOICE = "cont_choice"
    OUTPUT = "output"
    RESET = "reset"
    SET = "set"
    TRANSITIONAL = "transitional"
    WARNING = "warning"


OWNERS = {
    "configdefault": "Zephyr's kconfiglib",
    "cont_choice": "gem5's kconfiglib",
    "output": "kdevops' conf",
    "reset": "OpenWrt's conf",
    "set": "esp-idf-kconfig",
    "warning": "esp-idf-kconfig",
    "float": "esp-idf-kconfig",
}
"""Whose syntax a first word is."""


@dataclass(frozen=True, slots=True)
class ForkLine:
    """A line that begins with a fork's word."""

    word: Word
    rest: str
    """What follows the word, with its blanks and the line's end."""


def fork_line(line: str) -> ForkLine | None:
    """Return a line as a fork's, or None where it assigns a macro of that name."""
    match = _FIRST_WORD.match(line)
    if match is None or _ASSIGNS.match(match["rest"]):
        return None
    try:
        return ForkLine(Word(match["word"]), match["rest"])
    except ValueError:
        return None


def whose(line: str) -> str:
    """Return a hint that says whose syntax a line is that cannot be read, "" if nobody's."""
    match = _FIRST_WORD.match(line)
    word = match["word"] if match else ""
    if word not in OWNERS:
        return ""
    is_read = word in (known.value for known in Word)
    return f"{word!r} is syntax of {OWNERS[word]}{'' if is_read else ', which is not read here'}"
