# SPDX-License-Identifier: MIT
"""What else decides how a tree's files are read, beside its variables: one record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kvariant.kconfig.dollars import Dollars


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a preset and the tree's own tool tell of the reading of a tree."""

    dollars: Dollars = Dollars.KCONFIGLIB
    """What a dollar means."""
    runs_in_root: bool = False
    """Whether shell commands run in `$(srctree)`."""
    sources_beside: bool = False
    """Whether a sourced file that is not below the root is looked for beside the one that
    sources it."""
    answers: Callable[[str], str | None] = lambda _command: None
    """What a shell command gives that is not run; None: it is run."""
    functions: Callable[[Sequence[str]], str | None] = lambda _call: None
    """What a function gives that only the tree's own tool has; None: there is none."""
    writes: str = ""
    """The command that writes files of such a tree which it is not shipped with."""
    needs: str = ""
    """What to do where such a tree cannot be read as it is."""
