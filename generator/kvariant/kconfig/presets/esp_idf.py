# SPDX-License-Identifier: MIT
"""ESP-IDF: the options of components are sourced from two generated lists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from kvariant.kconfig.presets import makefile
from kvariant.kconfig.presets.preset import Preset


def _environment(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    """Return what tools/cmake/kconfig.cmake hands over, for one chip, the first one if not told."""
    version = _version(root)
    build = root.absolute() / "build"
    return {
        "IDF_PATH": str(root.absolute()), "IDF_TARGET": given.get("IDF_TARGET", "esp32"),
        "IDF_TOOLCHAIN": "gcc", "IDF_VERSION": version, "IDF_INIT_VERSION": version,
        "IDF_ENV_FPGA": "", "IDF_CI_BUILD": "", "IDF_DOC_BUILD": "", "IDF_MINIMAL_BUILD": "n",
        "IDF_BUILD_V2": "",
        "COMPONENT_KCONFIGS_SOURCE_FILE": f"{build}/kconfigs.in",
        "COMPONENT_KCONFIGS_PROJBUILD_SOURCE_FILE": f"{build}/kconfigs_projbuild.in",
        "COMPONENT_KCONFIGS_EXCLUDED_SOURCE_FILE": f"{build}/kconfigs_excluded.in",
        "COMPONENT_KCONFIGS_PROJBUILD_EXCLUDED_SOURCE_FILE":
            f"{build}/kconfigs_projbuild_excluded.in",
    }  # fmt: skip


def _version(root: Path) -> str:
    text = makefile.text_of(root / "tools/cmake/version.cmake")
    found = dict(re.findall(r"set\(IDF_VERSION_(MAJOR|MINOR|PATCH) (\d+)\)", text))
    return ".".join(found[key] for key in ("MAJOR", "MINOR", "PATCH") if key in found)


def _files(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    """Return lists of all components' files, as a build of all of them has them."""
    texts = {}
    for variable, name in (
        ("COMPONENT_KCONFIGS_SOURCE_FILE", "Kconfig"),
        ("COMPONENT_KCONFIGS_PROJBUILD_SOURCE_FILE", "Kconfig.projbuild"),
    ):
        found = sorted(root.absolute().glob(f"components/*/{name}"))
        texts[given[variable]] = "".join(f'source "{path}"\n' for path in found)
    return texts


PRESET = Preset(
    name="esp-idf",
    entry="Kconfig",
    marks=("Kconfig", "sdkconfig.rename", "tools/cmake/kconfig.cmake", "components"),
    environment=_environment,
    files=_files,
)
