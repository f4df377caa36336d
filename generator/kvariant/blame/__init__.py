# SPDX-License-Identifier: MIT
"""Blame: which option values a failure goes with, and which extra runs would tell."""

from kvariant.blame.failure_files import (
    bundle_file,
    failing_file,
    passing_file,
    write_failures,
)
from kvariant.blame.findings import Finding, Observations

__all__ = [
    "Finding",
    "Observations",
    "bundle_file",
    "failing_file",
    "passing_file",
    "write_failures",
]
