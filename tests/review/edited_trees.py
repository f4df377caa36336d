# SPDX-License-Identifier: MIT
"""A small tree, edits of it, and what they do: all of it found by kconfiglib and by listing.

Nothing of the package is used here. An edit replaces one text of a file by another; edits of
different lines can be made together or alone, which is how it is known which of them is
responsible for a value.
"""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import kconfiglib

# ruff: noqa: E101 - tabs before a help text's blanks are how Kconfig files look
FILES = {
    "Kconfig": """\
mainmenu "small"

config NET
	bool "Networking"
	help
	  Talks to others.

config TLS
	bool "Encryption"
	depends on NET
	select CRYPTO

config CRYPTO
	bool "Ciphers"

config DEPTH
	int "Depth"
	range 1 16
	default 4 if TLS
	default 2

config NAME
	string "Name"
	default "plain"

menu "Drivers"

source "drivers/Kconfig"

endmenu

choice
	prompt "Speed"
	default FAST

config FAST
	bool "fast"

config SLOW
	bool "slow"

config IDLE
	bool "idle"

endchoice
""",
    "drivers/Kconfig": """\
config DISK
	bool "Disk"
	default y

config CACHE
	bool "Cache"
	depends on DISK
	default y if FAST

config LOG
	bool
	default y if CACHE && NET

config SENSOR
	bool "Sensor"
	imply LOG

config DMA
	bool "DMA"
	depends on DISK || SENSOR
""",
}

CONFIGS = {
    "empty": "",
    "net": "CONFIG_NET=y\nCONFIG_TLS=y\nCONFIG_DEPTH=9\n",
    "tls": "CONFIG_NET=y\nCONFIG_TLS=y\n",
    "slow": "CONFIG_SLOW=y\nCONFIG_NET=y\nCONFIG_DMA=y\n",
    "sensor": "CONFIG_SENSOR=y\n# CONFIG_DISK is not set\nCONFIG_DMA=y\n",
    "many": "CONFIG_NET=y\nCONFIG_CRYPTO=y\nCONFIG_CACHE=y\nCONFIG_IDLE=y\nCONFIG_DEPTH=1\n",
}


@dataclass(frozen=True, slots=True)
class TextEdit:
    """One edit of one place of a file."""

    name: str
    path: str
    old: str
    new: str


EDITS = (
    TextEdit("dependency", "Kconfig", '"Ciphers"\n', '"Ciphers"\n\tdepends on NET\n'),
    TextEdit("select dropped", "Kconfig", "\tselect CRYPTO\n", ""),
    TextEdit("default", "Kconfig", "default 4 if TLS", "default 8 if TLS"),
    TextEdit("last default", "Kconfig", "\tdefault 2\n", "\tdefault 3\n"),
    TextEdit("range", "Kconfig", "range 1 16", "range 2 8"),
    TextEdit("choice default", "Kconfig", "default FAST", "default SLOW"),
    TextEdit("member", "Kconfig", 'config IDLE\n\tbool "idle"\n\n', ""),
    TextEdit("text", "Kconfig", '"plain"', '"other"'),
    TextEdit("help", "Kconfig", "Talks to others.", "Talks to everybody."),
    TextEdit("disk off", "drivers/Kconfig", '"Disk"\n\tdefault y', '"Disk"\n\tdefault n'),
    TextEdit("cache needs", "drivers/Kconfig", "\tdepends on DISK\n", "\tdepends on DISK && NET\n"),
    TextEdit("log hidden", "drivers/Kconfig", "if CACHE && NET", "if CACHE"),
    TextEdit("sensor selects", "drivers/Kconfig", "\timply LOG\n", "\tselect DMA\n"),
    TextEdit("dma needs", "drivers/Kconfig", "DISK || SENSOR", "DISK"),
    TextEdit("menu", "Kconfig", '"Drivers"\n', '"Drivers"\n\tdepends on NET\n'),
    TextEdit("new symbol", "drivers/Kconfig", "config SENSOR",
             'config EXTRA\n\tbool "Extra"\n\tdefault y\n\nconfig SENSOR'),
    TextEdit("prompt", "Kconfig", 'bool "Networking"', "bool"),
    TextEdit("never", "drivers/Kconfig", 'bool "DMA"\n', 'bool "DMA"\n\tdepends on !NET && TLS\n'),
)  # fmt: skip


def lay_out(folder: Path, edits: Sequence[TextEdit] = ()) -> Path:
    """Write the tree with some edits, and the configurations."""
    for path, text in FILES.items():
        for edit in edits:
            if edit.path == path:
                assert text.count(edit.old) == 1, edit
                text = text.replace(edit.old, edit.new)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    (folder / "configs").mkdir(exist_ok=True)
    for name, text in CONFIGS.items():
        (folder / f"configs/{name}.config").write_text(text)
    return folder


class Listed:
    """A tree as kconfiglib reads it."""

    def __init__(self, folder: Path) -> None:
        os.environ["srctree"] = str(folder)  # noqa: SIM112  kconfiglib reads this one
        try:
            self.tree = kconfiglib.Kconfig(str(folder / "Kconfig"), warn=False)
        finally:
            del os.environ["srctree"]  # noqa: SIM112
        self._folder = folder

    def values(self) -> dict[str, str]:
        """Return all values as they are now."""
        return {item.name: item.str_value for item in self.tree.unique_defined_syms}

    @functools.cached_property
    def configurations(self) -> Mapping[str, Mapping[str, str]]:
        """The values of each configuration."""
        found = {}
        for name in CONFIGS:
            self.tree.load_config(str(self._folder / f"configs/{name}.config"), replace=True)
            found[name] = self.values()
        return found

    @functools.cached_property
    def every(self) -> list[Mapping[str, str]]:
        """The values of all configurations, numbers and texts at their defaults."""
        return [values for values, _ in self._every]

    @functools.cached_property
    def unmet(self) -> set[tuple[str, str]]:
        """Selects that force a symbol whose dependency does not hold, somewhere."""
        return set().union(*(unmet for _, unmet in self._every))

    @functools.cached_property
    def _every(self) -> list[tuple[Mapping[str, str], set[tuple[str, str]]]]:
        return list(self._listed())

    def _listed(self) -> Iterator[tuple[Mapping[str, str], set[tuple[str, str]]]]:
        items = [s for s in self.tree.unique_defined_syms if s.orig_type == kconfiglib.BOOL]
        free = [s for s in items if s.choice is None and any(n.prompt for n in s.nodes)]
        members = [s for s in items if s.choice is not None]
        for texts in itertools.product("ny", repeat=len(free)):
            self.tree.unset_values()
            for item, text in zip(free, texts, strict=True):
                item.set_value(text)
            for member in members:
                member.set_value("y")
                yield self.values(), set(self._against())

    def _against(self) -> Iterator[tuple[str, str]]:
        for item in self.tree.unique_defined_syms:
            for target, condition in item.selects:
                forced = min(item.tri_value, kconfiglib.expr_value(condition))
                if forced > kconfiglib.expr_value(target.direct_dep):
                    yield item.name, target.name

    def constant(self, text: str) -> set[str]:
        """Return the bools that have one value in all configurations."""
        names = [s.name for s in self.tree.unique_defined_syms if s.orig_type == kconfiglib.BOOL]
        return {name for name in names if all(values[name] == text for values in self.every)}
