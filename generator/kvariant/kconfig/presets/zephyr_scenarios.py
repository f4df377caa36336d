# SPDX-License-Identifier: MIT
"""The configurations that a Zephyr tree keeps: its boards' and its tests'.

A test or sample lists scenarios in testcase.yaml or sample.yaml; `common` holds for all:

    common:
      extra_configs: [CONFIG_A=y]
    tests:
      net.fax:
        extra_args: CONF_FILE="prj_fax.conf" EXTRA_CONF_FILE="overlay.conf"
        extra_configs:
          - CONFIG_FAX=y
          - arch:arm:CONFIG_FPU=y        for one architecture only; platform:BOARD:... alike

They are merged in this order, the last one counts: the board's defconfig, CONF_FILE (prj.conf
if it is not told), EXTRA_CONF_FILE, `extra_configs` [Zephyr: cmake/modules/kconfig.cmake,
scripts/pylib/twister/twisterlib/testinstance.py].
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kvariant.kconfig.presets.yaml_file import read_yaml
from kvariant.regular_file import read_text

_FILES = ("testcase.yaml", "sample.yaml")
_ARGUMENT = re.compile(r"(?:-D)?(?P<name>\w+)=(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One configuration of a test or sample."""

    name: str
    """As twister calls it: `net.fax`."""
    path: Path
    """The YAML file that has it."""
    files: tuple[Path, ...]
    """Fragments in the order in which they are merged; those that are there."""
    lines: tuple[str, ...]
    """Lines of `.config` syntax that come last."""

    def text(self) -> str:
        """Return the whole as one fragment, a comment before each part."""
        parts = [f"# {path.name}\n{read_text(path)}" for path in self.files]
        own = "".join(f"{line}\n" for line in self.lines)
        return "\n".join([*parts, f"# {self.name}\n{own}"])


def board_configurations(root: Path) -> list[Path]:
    """Return the defconfigs of all boards, sorted."""
    return sorted(
        path for path in root.glob("boards/**/*_defconfig") if "shields" not in path.parts
    )


def scenarios(folder: Path, architecture: str = "", board: str = "") -> Iterator[Scenario]:
    """Yield the scenarios of all tests and samples below a folder, sorted by file.

    Args:
        architecture: what `arch:X:` lines are for; those of others are left out.
        board: what `platform:X:` lines are for, likewise.

    Raises:
        InputError: a file is no YAML [yaml].
    """
    for path in sorted(path for name in _FILES for path in folder.rglob(name)):
        said = read_yaml(path)
        common = _table(said, "common")
        for name, own in _table(said, "tests").items():
            table = own if isinstance(own, dict) else {}
            yield _scenario(str(name), path, (common, table), architecture, board)


def _scenario(
    name: str, path: Path, tables: tuple[Mapping[str, Any], ...], architecture: str, board: str
) -> Scenario:
    arguments: dict[str, str] = {"CONF_FILE": "prj.conf"}
    lines = []
    for table in tables:
        arguments |= dict(_arguments(table))
        for line in _words(table.get("extra_configs")):
            kind, _, rest = line.partition(":")
            wanted = {"arch": architecture, "platform": board}.get(kind)
            if wanted is None:
                lines.append(line)
            elif rest.partition(":")[0] == wanted:
                lines.append(rest.partition(":")[2])
    extra = (arguments.get(key, "") for key in ("OVERLAY_CONFIG", "EXTRA_CONF_FILE"))
    named = re.split(r"[; ]+", " ".join([arguments["CONF_FILE"], *extra]))
    found = (path.parent / text for text in named if text)
    return Scenario(
        name=name, path=path, files=tuple(file for file in found if file.is_file()),
        lines=tuple(lines),
    )  # fmt: skip


def _arguments(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield CMake variables that a table gives, in `extra_args` and in keys of their own."""
    for text in _words(table.get("extra_args"), split=True):
        if match := _ARGUMENT.fullmatch(text):
            yield match["name"], match["value"]
    for key, name in (
        ("conf_files", "CONF_FILE"), ("extra_conf_files", "EXTRA_CONF_FILE"),
        ("extra_overlay_confs", "OVERLAY_CONFIG"),
    ):  # fmt: skip
        if key in table:
            yield name, ";".join(_words(table[key]))


def _words(said: object, *, split: bool = False) -> list[str]:
    """Return a list of texts as it is, a text as one, or as words that the shell would see."""
    texts = [str(item) for item in said] if isinstance(said, list) else [str(said or "")]
    return [word for text in texts for word in (shlex.split(text) if split else [text]) if word]


def _table(said: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = said.get(key)
    return found if isinstance(found, dict) else {}
