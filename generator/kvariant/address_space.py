# SPDX-License-Identifier: MIT
"""How much address space the process may have, and how much of it is taken."""

from __future__ import annotations

import resource
from pathlib import Path


def used() -> int | None:
    """Return the bytes of our address space, None where the kernel does not say."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return None


def left() -> int | None:
    """Return the bytes that may still be had, None where nothing limits or nobody says them."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    taken = used()
    if limit == resource.RLIM_INFINITY or taken is None:
        return None
    return max(0, limit - taken)
