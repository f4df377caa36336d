# SPDX-License-Identifier: MIT
"""Variables that a tree refers to and nobody set: they expand to nothing, and that has effects.

    source "$(BSP_DIR)/Kconfig"      a file that is not there
    def_bool $(HAVE_PNG)             no expression at all
    option env="HAVE_LUA"            a symbol without a value, so that others are never on

`Unset` remembers each with the line that was being read, so that an error and a symbol that
is never on can name their cause.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kvariant.words import agreeing

if TYPE_CHECKING:
    from kvariant.errors import Location


class Unset:
    """The variables that were referred to and not set, as they are met."""

    def __init__(self) -> None:
        self.places: dict[str, list[Location]] = {}
        """The lines that were read when each was met, by its name, in order."""
        self._at: dict[tuple[str, int], list[str]] = {}

    def add(self, name: str, place: Location) -> None:
        """Remember that a line needs a variable that is not set."""
        names = self._at.setdefault((place.path, place.line), [])
        if name not in names:
            names.append(name)
            self.places.setdefault(name, []).append(place)

    def at(self, path: str, line: int) -> Sequence[str]:
        """Return the names that a line of a file needs."""
        return self._at.get((path, line), ())

    def behind(self, path: str, line: int) -> Sequence[str]:
        """Return what may have caused an error at a line: its own, else those before it.

        A macro that a line uses was often defined in an earlier one, and there its
        variables were expanded.
        """
        if own := self.at(path, line):
            return own
        in_file = [name for (file, _), names in self._at.items() if file == path for name in names]
        return list(dict.fromkeys(in_file)) or list(self.places)


def hint(names: Sequence[str], limit: int = 4) -> str:
    """Return what to do about variables that are not set, "" about none."""
    if not names:
        return ""
    listed = ", ".join(f"$({name})" for name in names[:limit])
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    verbs = agreeing(len(names), "is not set and expands", "are not set and expand")
    return f"{listed}{more} {verbs} to nothing: --env {names[0]}=VALUE"
