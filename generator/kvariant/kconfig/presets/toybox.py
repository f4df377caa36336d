# SPDX-License-Identifier: MIT
"""toybox: its own build collects options from comments in its sources."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from kvariant.kconfig.presets import makefile
from kvariant.kconfig.presets.preset import Preset

_OPTIONS = re.compile(r"^config [A-Z].*?(?=^\*/|\Z)", re.MULTILINE | re.DOTALL)
_BUILTIN = re.compile(r"for i in ([A-Z ]+)$", re.MULTILINE)


def _files(root: Path, _given: Mapping[str, str]) -> Mapping[str, str]:
    """Return what scripts/genconfig.sh writes; nothing where it compiles probes for it.

    Symbols IS_X say whether the compiler has the macro X; a usual one has neither.
    """
    script = makefile.text_of(root / "scripts/genconfig.sh")
    if "probe" in script or not (asked := _BUILTIN.search(script)):
        return {}
    text = "".join(f"config IS_{name}\n\tbool\n\tdefault n\n\n" for name in asked[1].split())
    for readme in sorted(root.glob("toys/*/README"), reverse=True):
        if len(list(readme.parent.iterdir())) > 1:
            text += f'menu "{makefile.text_of(readme).splitlines()[0]}"\n\n'
            for source in sorted(readme.parent.glob("*.c")):
                found = _OPTIONS.search(makefile.text_of(source))
                text += f"# {source.relative_to(root)}\n{found[0] if found else ''}\n"
            text += "endmenu\n"
    return {"generated/Config.in": text}


PRESET = Preset(
    name="toybox",
    entry="Config.in",
    marks=("Config.in", "toys", "scripts/genconfig.sh"),
    files=_files,
    tools=("kconfig",),
    writes="make defconfig",
    macros=("CFG_", "USE_", "SKIP_"),
    has_defconfigs=False,
)
