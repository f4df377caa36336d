# SPDX-License-Identifier: MIT
"""Under which options a line is there that a failure points at.

Its condition is exact, and the first hypothesis for why what it says fails. Who knows
it of some files says so by `LineConditions`: here of those that we have rendered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from kvariant.kconfig.expression import ALWAYS

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration, Expression
    from kvariant.render import Templates
    from kvariant.results.cell import Failure


class LineConditions(Protocol):
    """Knows of lines of files under which options they are there."""

    def of(self, path: str, line: int) -> Expression | None:
        """Return where exactly a line is there, None where that is not known.

        Args:
            path: below the variant's folder.
            line: from 1.
        """


@dataclass(frozen=True, slots=True)
class RenderedLines:
    """The lines of what is rendered for one variant."""

    templates: Templates
    configuration: Configuration

    def of(self, path: str, line: int) -> Expression | None:
        """Return where exactly a line is rendered; see `Templates.condition`."""
        return self.templates.condition(path, line, self.configuration)


def condition_of(failure: Failure, lines: LineConditions) -> str:
    """Return the condition of the line that a failure points at, as text.

    Returns "" where it points at none, nobody knows, or the line is always there.
    """
    path, colon, number = failure.at.rpartition(":")
    if not colon or not number.isascii() or not number.isdigit():
        return ""
    found = lines.of(path, int(number))
    return "" if found is None or found == ALWAYS else str(found)
