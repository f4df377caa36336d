# SPDX-License-Identifier: MIT
"""Our own C build of a rendered variant."""

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
from kvariant.build.process import MARK, Run, Watch, end_all, end_marked, run, watch

__all__ = [
    "MARK",
    "Built",
    "Compiler",
    "Recipe",
    "Run",
    "Watch",
    "build",
    "build_key",
    "build_once",
    "compilers",
    "end_all",
    "end_marked",
    "existing_constants",
    "existing_helpers",
    "forget",
    "inputs",
    "is_built",
    "is_damaged",
    "recipe",
    "run",
    "watch",
    "words",
]
