# SPDX-License-Identifier: MIT
"""What builds ask the machine they run on."""

from __future__ import annotations

import platform
import re
from pathlib import Path

_USERLANDS = (
    (r"i.86", "x86"), (r"sun4u", "sparc64"), (r"ppc64le", "powerpc64le"),
    (r"ppc64", "powerpc64"), (r"ppc", "powerpc"), (r"(?!arm64)arm.*", "arm"), (r"sh\d.*", "sh"),
)  # fmt: skip


def userland() -> str:
    """Return this machine's architecture as the first word of its compiler's target names it.

    Buildroot and Unikraft take it from there: an i686 is x86, an x86_64 is itself.
    """
    name = platform.machine()
    return next((arch for pattern, arch in _USERLANDS if re.fullmatch(pattern, name)), name)


def has_header(*names: str) -> bool:
    """Return whether one of some C headers is installed where compilers look for them."""
    folders = (Path("/usr/include"), Path("/usr/local/include"))
    return any((folder / name).is_file() for folder in folders for name in names)


def yes(condition: bool) -> str:
    """Return the text of a bool."""
    return "y" if condition else "n"
