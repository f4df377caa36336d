# SPDX-License-Identifier: MIT
"""Unikraft: menus of libraries are made by a script while the files are read."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from kvariant.kconfig.presets import host, makefile
from kvariant.kconfig.presets.preset import Preset

_SCRIPT = "support/build/config-submenu.sh"
_ASKED = re.compile(rf"\$\(shell,\$\(UK_BASE\)/{re.escape(_SCRIPT)}(.*)\)\"")


def _environment(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    """Return COMMON_CONFIG_ENV of the top Makefile, for no application if none is told."""
    top = given.get("UK_BASE", str(root.absolute()))
    app = given.get("UK_APP", top)
    build = given.get("BUILD_DIR", f"{app}/build")
    said = {
        name: makefile.assigned(root / "version.mk", name)
        for name in ("UK_VERSION", "UK_SUBVERSION", "UK_EXTRAVERSION", "UK_CODENAME")
    }
    version = ".".join(filter(None, list(said.values())[:3]))
    machine = host.userland()
    return {
        "UK_FULLVERSION": version, "UK_CODENAME": said["UK_CODENAME"], "UK_BASE": top,
        "UK_APP": app, "UK_CONFIG": f"{app}/.config", "UK_NAME": Path(app).name,
        "UK_ARCH": machine, "HOST_ARCH": {"aarch64": "arm64"}.get(machine, machine),
        "BUILD_DIR": build, "KCONFIG_DIR": f"{build}/kconfig",
        "KCONFIG_LIB_BASE": f"{top}/lib", "KCONFIG_PLAT_BASE": f"{top}/plat",
        "KCONFIG_DRIV_BASE": f"{top}/drivers", "KCONFIG_ELIB_DIRS": "", "KCONFIG_EPLAT_DIRS": "",
        "KCONFIG_EAPP_DIR": "" if app == top else app, "KCONFIG_EXCLUDEDIRS": "",
    }  # fmt: skip


def _files(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    """Return the menus that the script would write, for each place that asks for one."""
    texts = {}
    for path in (root / "Config.uk", *root.glob("*/Config.uk")):
        for asked in _ASKED.findall(makefile.text_of(path)):
            told = re.sub(r"\$\((\w+)\)", lambda match: given.get(match[1], ""), asked)
            options = list(_options(told))
            name = next(text for option, text in options if option == "-o")
            texts[name] = _menu(options)
    return texts


def _options(command: str) -> Iterator[tuple[str, str]]:
    """Return the script's options and their values; of those without one, -q alone is used."""
    words = iter(shlex.split(command))
    for word in words:
        if word != "-q":
            yield word, next(words, "")


def _menu(options: list[tuple[str, str]]) -> str:
    """Return the text of a menu: libraries of a folder (-r), single ones (-l, -c), without -e."""
    folders: list[Path] = []
    for option, text in options:
        if option == "-r" and text:
            folders += sorted(path for path in Path(text).glob("*") if path.is_dir())
        elif option == "-l" and text:
            folders.append(Path(text))
        elif option == "-c":
            folders += [Path(name) for name in text.split(":") if name]
    left_out = {name for option, text in options if option == "-e" for name in text.split(":")}
    files = [folder / "Config.uk" for folder in folders if str(folder) not in left_out]
    body = "".join(f'source "{file.resolve()}"\n' for file in files if file.is_file())
    title = next((text for option, text in options if option == "-t"), "")
    return f'menu "{title}"\n{body}endmenu\n' if title else body


def _answers(command: str) -> str | None:
    """Return the script's answer, the name of the file that it would have written."""
    if _SCRIPT not in command:
        return None
    return next(text for option, text in _options(command.partition(_SCRIPT)[2]) if option == "-o")


PRESET = Preset(
    name="unikraft",
    entry="Config.uk",
    marks=("Config.uk", "plat", "lib", _SCRIPT),
    environment=_environment,
    files=_files,
    answers=_answers,
    tools=("support/kconfig",),
    rules="linux",
)
