# SPDX-License-Identifier: MIT
"""Blame: which option values a failure goes with, and which extra runs would tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.loading import on_first_use

if TYPE_CHECKING:
    from kvariant.blame.failure_files import bundle_file, failing_file, passing_file, write_failures
    from kvariant.blame.findings import Finding, Observations

__all__ = [
    "Finding",
    "Observations",
    "bundle_file",
    "failing_file",
    "passing_file",
    "write_failures",
]

__getattr__ = on_first_use(
    __name__,
    {
        "failure_files": (
            "bundle_file",
            "failing_file",
            "passing_file",
            "write_failures",
        ),
        "findings": (
            "Finding",
            "Observations",
        ),
    },
)
