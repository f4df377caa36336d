# SPDX-License-Identifier: MIT
"""Presets: which file a known kind of tree starts with, and what it expects around it.

A kernel-like tree is read by its Makefile, which exports what the Kconfig files
refer to. A preset gives the same variables, so that a tree can be read without
make. What the caller's own environment says comes first.

One file a kind, which `registry` lists; `preset` has the record, `place` finds root and
entry file.
"""

from kvariant.kconfig.presets.compilers import cross_compiler, cross_compilers
from kvariant.kconfig.presets.place import Place, entry_of, place_of, root_of
from kvariant.kconfig.presets.preset import Preset, version
from kvariant.kconfig.presets.registry import PRESETS, detect, preset_of

__all__ = [
    "PRESETS",
    "Place",
    "Preset",
    "cross_compiler",
    "cross_compilers",
    "detect",
    "entry_of",
    "place_of",
    "preset_of",
    "root_of",
    "version",
]
