# SPDX-License-Identifier: MIT
"""gem5: SCons measures the machine, and tells Kconfig what it found.

The same is looked for here: headers by their names, and the rest as it is on Linux.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path

from kvariant.kconfig.presets import host
from kvariant.kconfig.presets.preset import Preset

_HEADERS = {
    "HAVE_FENV": ("fenv.h",), "HAVE_PNG": ("png.h",),
    "HAVE_VALGRIND": ("valgrind/valgrind.h",), "HAVE_TUNTAP": ("linux/if_tun.h",),
    "HAVE_PROTOBUF": ("google/protobuf/message.h",), "HAVE_KVM": ("linux/kvm.h",),
    "HAVE_CAPSTONE": ("capstone/capstone.h",),
    "HAVE_HDF5": ("H5Cpp.h", "hdf5/serial/H5Cpp.h"),
}  # fmt: skip
_KVM = {"x86_64": "x86", "aarch64": "arm", "armv7l": "arm"}


def _environment(root: Path, _given: Mapping[str, str]) -> Mapping[str, str]:
    measured = {name: host.yes(host.has_header(*headers)) for name, headers in _HEADERS.items()}
    return {
        **measured, "HAVE_DEPRECATED_NAMESPACE": "y", "HAVE_POSIX_CLOCK": "y",
        "HAVE_SYSTEMC": host.yes((root / "src/systemc/ext").is_dir()),
        "KVM_ISA": _KVM.get(platform.machine(), ""), "MAIN_MENU_TEXT": "gem5",
        "PVLIB_HOME": "", "MAXCORE_HOME": "", "ARMLMD_LICENSE_FILE": "",
    }  # fmt: skip


PRESET = Preset(
    name="gem5",
    entry="src/Kconfig",
    marks=("src/Kconfig", "build_opts", "src/cpu/Kconfig", "SConstruct"),
    prefix="",
    environment=_environment,
)
