# SPDX-License-Identifier: MIT
"""kdevops: offers of clouds are generated files, made from defaults that lie beside them.

Lists of the kernel's releases are too, but from the net: that only the build can do.
"""

from __future__ import annotations

import getpass
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
        "USER": getpass.getuser(),
    }  # fmt: skip


_PASSED_THROUGH = "Kconfig.passthrough_libvirt.generated"


def _files(root: Path, _given: Mapping[str, str]) -> Mapping[str, str]:
    """Return the copies that `make default-cloud-kconfigs` makes, and lists that are empty.

    So are that of PCI devices and the user's references, until somebody asks for them.
    """
    clouds = {
        path.relative_to(root).with_suffix(".generated").as_posix(): makefile.text_of(path)
        for path in root.glob("terraform/*/kconfigs/Kconfig.*.default")
    }
    trees = root.glob("workflows/linux/refs/static/*.yaml")
    own = {f"workflows/linux/refs/user/Kconfig.{path.stem}": "" for path in trees}
    return {_PASSED_THROUGH: "", **own, **clouds}


def _answers(command: str) -> str | None:
    """Return that the list of PCI devices is there, which a script looks for on disk."""
    return "y" if "check_pciepassthrough_kconfig.sh" in command else None


PRESET = Preset(
    name="kdevops",
    entry="Kconfig",
    marks=("Kconfig", "kconfigs/Kconfig.kdevops", "terraform", "playbooks"),
    environment=_environment,
    files=_files,
    answers=_answers,
    tools=("scripts/kconfig",),
    rules="linux",
    makefile="Makefile",
    writes="make refs-default",
    runs_in_root=True,
)
