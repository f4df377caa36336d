# SPDX-License-Identifier: MIT
"""What a kernel-like Makefile says of its tree."""

from __future__ import annotations

import re
from pathlib import Path


def version(makefile: Path) -> str:
    """Return VERSION.PATCHLEVEL.SUBLEVEL of a kernel-like Makefile, "" where unreadable."""
    try:
        text = makefile.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    parts = [
        match[1] if (match := re.search(rf"^{key}[ \t]*=[ \t]*(\S+)", text, re.MULTILINE)) else ""
        for key in ("VERSION", "PATCHLEVEL", "SUBLEVEL")
    ]
    extra = re.search(r"^EXTRAVERSION[ \t]*=[ \t]*(\S+)", text, re.MULTILINE)
    return ".".join(filter(None, parts)) + (extra[1] if extra else "")
