# SPDX-License-Identifier: MIT
"""What a step said when it failed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a step said when it failed."""

    text: str
    """The line that tells the failure, as it was printed."""
    log: str = ""
    """The output that it is of."""
    out: Path | None = None
    """The folder that the step builds in."""
