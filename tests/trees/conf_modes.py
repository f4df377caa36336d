# SPDX-License-Identifier: MIT
"""What the kernel's `conf` makes of nothing in one of its modes: `--allyesconfig` and its kin."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path


class ConfError(Exception):
    """conf does not take a tree; the text is its complaint."""


def values_of(
    conf: Path, mode: str, entry: Path, environment: Mapping[str, str], first: str | None = None
) -> dict[str, str]:
    """Return the values of what `conf` writes, those that are not set as n.

    Args:
        mode: such as `allyesconfig`.
        first: the text that KCONFIG_ALLCONFIG names, if any.

    Raises:
        ConfError: conf does not take the tree, or a choice in it for none: 6.1 has one of
            members in an `if` without a type.
    """
    with tempfile.TemporaryDirectory() as folder:
        config, given = Path(folder) / "config", Path(folder) / "first"
        named = {"KCONFIG_CONFIG": str(config), "srctree": str(entry.parent)}
        if first is not None:
            given.write_text(first, encoding="utf-8")
            named["KCONFIG_ALLCONFIG"] = str(given)
        done = subprocess.run(
            [conf, f"--{mode}", entry],
            cwd=folder,
            env={**os.environ, **environment, **named},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if done.returncode or "defined without type" in done.stderr:
            raise ConfError(done.stderr or done.stdout)
        return values_in(config.read_text())


def values_in(config: str) -> dict[str, str]:
    """Return the values of a `.config`, those that are not set as n."""
    return dict(_value(line) for line in config.splitlines() if _is_value(line))


def _is_value(line: str) -> bool:
    return line.startswith("CONFIG_") or line.endswith(" is not set")


def _value(line: str) -> tuple[str, str]:
    if line.startswith("#"):
        return line.removeprefix("# CONFIG_").removesuffix(" is not set"), "n"
    name, _, value = line.removeprefix("CONFIG_").partition("=")
    return name, value.removeprefix('"').removesuffix('"')
