# SPDX-License-Identifier: MIT
"""The project file, read and validated."""

from kvariant.project.matrix import (
    BASES,
    BUILT_IN,
    DATE,
    NAMED,
    Matrices,
    MatrixTable,
    field_of,
    key_of,
)
from kvariant.project.project import Environment, Project

__all__ = [
    "BASES",
    "BUILT_IN",
    "DATE",
    "NAMED",
    "Environment",
    "Matrices",
    "MatrixTable",
    "Project",
    "field_of",
    "key_of",
]
