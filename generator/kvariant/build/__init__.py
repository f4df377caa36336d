# SPDX-License-Identifier: MIT
"""Our own C build of a rendered variant."""

from kvariant.build.build import Built, Recipe, build, recipe
from kvariant.build.compiler import Compiler, Run, compilers, end_all, run
from kvariant.build.exports import existing_constants, existing_helpers, words

__all__ = [
    "Built",
    "Compiler",
    "Recipe",
    "Run",
    "build",
    "compilers",
    "end_all",
    "existing_constants",
    "existing_helpers",
    "recipe",
    "run",
    "words",
]
