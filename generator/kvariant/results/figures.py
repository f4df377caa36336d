# SPDX-License-Identifier: MIT
"""What is counted of a cell: the sections of what it made, and the warnings of its compilers.

They are kept with the cell, and with its key: a cell that is reused has those of the run that
it stands for. The logs are no place to read them from later: only their ends are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TOTAL = "total"
"""The name of all sections together that take room on the target; of a file that has no
sections, its size."""


@dataclass(frozen=True, slots=True, order=True)
class WarningCount:
    """Distinct warnings of one kind in one file."""

    path: str
    """Relative to the variant's folder or the tree, where it is below one of them."""
    flag: str
    """What turns them off, `-Wunused-variable`; "" where the compiler names nothing."""
    count: int
    """A header that many files include says the same once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is counted of a cell."""

    sizes: Mapping[str, int] = field(default_factory=dict)
    """Bytes by section, and of `TOTAL`; none where nothing is measured."""
    warnings: tuple[WarningCount, ...] = ()
    """In the order of paths and flags."""
    is_counted: bool = False
    """Whether its warnings were counted at all: those of commands are."""
    is_complete: bool = False
    """Whether it would have more warnings if there were any: it ended well, and from nothing."""

    def to_json(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "sizes": dict(self.sizes),
            "warnings": [[one.path, one.flag, one.count] for one in self.warnings],
            "complete": self.is_complete,
        }

    @classmethod
    def from_json(cls, data: Any) -> Figures:
        """Return what `to_json` was made from.

        Raises:
            ValueError, TypeError, KeyError, AttributeError: it is not as we write it.
        """
        sizes, warnings = data["sizes"], [WarningCount(*row) for row in data["warnings"]]
        texts = [*sizes, *(text for one in warnings for text in (one.path, one.flag))]
        numbers = [*sizes.values(), *(one.count for one in warnings)]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("a name that is no text")
        if not all(type(number) is int and number >= 0 for number in numbers):
            raise TypeError("a figure that is no number")
        return cls(
            sizes={**sizes},
            warnings=tuple(warnings),
            is_counted=True,
            is_complete=data["complete"] is True,
        )


NONE = Figures()
"""Of a cell of which nothing is known."""
SILENT = Figures(is_counted=True, is_complete=True)
"""Of a cell that has no warnings: of most."""
