# SPDX-License-Identifier: MIT
"""Building: our own C build of a rendered variant, and running commands."""

from kvariant.build.build import (
    Built,
    Recipe,
    build,
    build_key,
    build_once,
    forget,
    inputs,
    is_built,
    is_damaged,
    recipe,
)
from kvariant.build.compiler import Compiler, compilers
from kvariant.build.exports import existing_constants, existing_helpers, words
from kvariant.build.process import MARK, Processes, Run, Watch, end_marked, end_marked_once

__all__ = [
    "MARK",
    "Built",
    "Compiler",
    "Processes",
    "Recipe",
    "Run",
    "Watch",
    "build",
    "build_key",
    "build_once",
    "compilers",
    "end_marked",
    "end_marked_once",
    "existing_constants",
    "existing_helpers",
    "forget",
    "inputs",
    "is_built",
    "is_damaged",
    "recipe",
    "words",
]
