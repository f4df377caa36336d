# SPDX-License-Identifier: MIT
"""kdevops: offers of clouds are generated files, made from defaults that lie beside them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kvariant.kconfig.presets import makefile
from kvariant.kconfig.presets.preset import Preset


def _environment(root: Path, _given: Mapping[str, str]) -> Mapping[str, str]:
    """Return what the top Makefile exports."""
    release = makefile.text_of(root / "include/config/project.release").strip()
    version = makefile.version(root / "Makefile")
    return {
        "PROJECT": makefile.assigned(root / "Makefile", "PROJECT"), "PROJECTVERSION": version,
        "PROJECTRELEASE": release or version, "TOPDIR": "./", "TOPDIR_PATH": str(root.resolve()),
    }  # fmt: skip


def _files(root: Path, _given: Mapping[str, str]) -> Mapping[str, str]:
    """Return the copies that `make default-cloud-kconfigs` makes."""
    return {
        path.relative_to(root).with_suffix(".generated").as_posix(): makefile.text_of(path)
        for path in root.glob("terraform/*/kconfigs/Kconfig.*.default")
    }


PRESET = Preset(
    name="kdevops",
    entry="Kconfig",
    marks=("Kconfig", "kconfigs/Kconfig.kdevops", "terraform", "playbooks"),
    environment=_environment,
    files=_files,
    tools=("scripts/kconfig",),
    rules="linux",
    makefile="Makefile",
    runs_in_root=True,
)
