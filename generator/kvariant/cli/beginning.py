# SPDX-License-Identifier: MIT
"""When the command line began: what a verb loads is a part of what it takes."""

from __future__ import annotations

import time

import click


def began() -> float:
    """Return when the command line began, on the clock of `time.perf_counter`."""
    return click.get_current_context().find_object(float) or time.perf_counter()
