# SPDX-License-Identifier: MIT
"""Sweeps: every variant taken through its steps, each cell run, reused or skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.loading import on_first_use

if TYPE_CHECKING:
    from kvariant.sweep.request import Sweep
    from kvariant.sweep.sweep import swept

__all__ = ["Sweep", "swept"]

__getattr__ = on_first_use(
    __name__,
    {
        "request": ("Sweep",),
        "sweep": ("swept",),
    },
)
