# SPDX-License-Identifier: MIT
"""crosstool-NG: versions of packages, and what ./configure found, are written by its bootstrap."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from kvariant.kconfig.presets import makefile
from kvariant.kconfig.presets.preset import Preset


def _environment(root: Path, _given: Mapping[str, str]) -> Mapping[str, str]:
    """Return what ct-ng exports."""
    text = makefile.text_of(root / "ct-ng.in")
    number = re.search(r"CT_CONFIG_VERSION_CURRENT=(\d+)", text)
    version = re.search(r"PACKAGE_VERSION='(.*)'", makefile.text_of(root / "configure"))
    return {
        "CT_VERSION": version[1] if version else "", "CT_VCHECK": "",
        "CT_CONFIG_VERSION_CURRENT": number[1] if number else "",
    }  # fmt: skip


PRESET = Preset(
    name="crosstool-ng",
    entry="config/config.in",
    marks=("config/config.in", "ct-ng.in", "samples"),
    prefix="CT_",
    environment=_environment,
    tools=("kconfig",),
    rules="linux",
    writes="./bootstrap && ./configure --enable-local",
)
