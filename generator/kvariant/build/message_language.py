# SPDX-License-Identifier: MIT
"""The language that commands speak: English, as what reads their messages expects."""

from __future__ import annotations

from collections.abc import Mapping

CHOOSING = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""The variables that choose a program's language, the strongest first."""
_OTHERS = ("LC_COLLATE", "LC_CTYPE", "LC_MONETARY", "LC_NUMERIC", "LC_TIME")


def english(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which messages are not translated, and all else is as it was.

    LC_ALL outranks every category, so what it says goes to each but that of messages.
    In the C locale LANGUAGE is not looked at. [setlocale(3); gettext manual, "Locale
    Environment Variables"]
    """
    found = {**environment, "LC_MESSAGES": "C"}
    if every := found.pop("LC_ALL", ""):
        found.update(dict.fromkeys(_OTHERS, every))
    return found
