# SPDX-License-Identifier: MIT
"""Buildroot: packages of trees outside of it (BR2_EXTERNAL) come in through generated files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kvariant.kconfig.presets import host, makefile
from kvariant.kconfig.presets.preset import Preset
from kvariant.kconfig.presets.program_lines import first_line

_PROVIDED = ("toolchains", "jpeg", "openssl", "skeleton", "init", "linux")
"""What a tree outside may provide, each in a file of its folder provides/."""


@dataclass(frozen=True, slots=True)
class _External:
    """A tree of packages outside of Buildroot."""

    name: str
    description: str
    path: Path


def _environment(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    """Return what COMMON_CONFIG_ENV of the top Makefile has, and what it exports."""
    version = makefile.assigned(root / "Makefile", "BR2_VERSION")
    base = given.get("BASE_DIR", str(root.absolute() / "output"))
    externals = {f"BR2_EXTERNAL_{tree.name}_PATH": str(tree.path) for tree in _externals(given)}
    return {
        "BR2_VERSION": version, "BR2_VERSION_FULL": version, "HOSTARCH": host.userland(),
        "HOST_GCC_VERSION": _compiler_version(root, given.get("HOSTCC", "gcc")),
        "BASE_DIR": base, "BR2_BASE_DIR": base, "TOPDIR": str(root.absolute()),
        "BR2_CONFIG": str(root.absolute() / ".config"), "BR2_DEFCONFIG": "", "SKIP_LEGACY": "",
        "BR2_HIDE_SECONDARY_TARGET_OPTIONS": "", **externals,
    }  # fmt: skip


def _compiler_version(root: Path, compiler: str) -> str:
    """Return the host compiler's major version, not above the newest that Buildroot knows.

    Of version 4 the minor one too, behind a blank.
    """
    found = re.search(r" (\d+)\.(\d+)\.\d+", first_line([compiler, "--version"]))
    if not found:
        return ""
    newest = makefile.assigned(root / "Makefile", "HOSTCC_MAX_VERSION")
    major = min(int(found[1]), int(newest)) if newest.isdigit() else int(found[1])
    return f"4 {found[2]}" if major == 4 else str(major)


def _files(_root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    """Return the files that support/scripts/br2-external writes."""
    trees = _externals(given)
    texts = {
        "paths": "".join(_paths(trees)),
        "menus": "".join(_menus(trees)),
        **{part: "".join(_provided(trees, part)) for part in _PROVIDED},
    }
    return {f"{given['BASE_DIR']}/.br2-external.in.{part}": text for part, text in texts.items()}


def _externals(given: Mapping[str, str]) -> list[_External]:
    """Return the trees that BR2_EXTERNAL names, between blanks or colons."""
    found = []
    for name in re.split(r"[: ]+", given.get("BR2_EXTERNAL", "").strip()):
        path = Path(name).absolute()
        text = makefile.text_of(path / "external.desc") if name else ""
        said: dict[str, str] = dict(re.findall(r"^(name|desc): +(.*)$", text, re.MULTILINE))
        if "name" in said:
            found.append(_External(said["name"], said.get("desc", said["name"]), path))
    return found


def _paths(trees: list[_External]) -> Iterator[str]:
    if trees:
        names = " ".join(tree.name for tree in trees)
        yield f'config BR2_EXTERNAL_NAMES\n\tstring\n\tdefault "{names}"\n'
    for tree in trees:
        yield f'config BR2_EXTERNAL_{tree.name}_PATH\n\tstring\n\tdefault "{tree.path}"\n'
        yield f'config BR2_EXTERNAL_{tree.name}_VERSION\n\tstring\n\tdefault ""\n'


def _menus(trees: list[_External]) -> Iterator[str]:
    if trees:
        yield 'menu "External options"\n'
    for tree in trees:
        menu = (f'menu "{tree.description}"\n', "endmenu\n") if len(trees) > 1 else ("", "")
        yield f'{menu[0]}comment "{tree.description} (in {tree.path})"\n'
        yield f'source "{tree.path}/Config.in"\n{menu[1]}'
    if trees:
        yield "endmenu\n"


def _provided(trees: list[_External], part: str) -> Iterator[str]:
    for tree in trees:
        path = tree.path / "provides" / f"{part}.in"
        if path.is_file():
            yield f'source "{path}"\n'


PRESET = Preset(
    name="buildroot",
    entry="Config.in",
    marks=("Config.in", "package/Config.in", "support/scripts/br2-external"),
    prefix="",
    environment=_environment,
    files=_files,
    tools=("support/kconfig",),
)
