# SPDX-License-Identifier: MIT
"""A small tree that is not ours: three options, a shell script as its build."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kvariant.cli import run

KCONFIG = """\
config A
	bool "A"

config B
	bool "B"
	depends on A

config C
	bool "C"
"""
CONFIGS = {
    "none": "",
    "a": "CONFIG_A=y\n",
    "ab": "CONFIG_A=y\nCONFIG_B=y\n",
    "c": "CONFIG_C=y\n",
    "abc": "CONFIG_A=y\nCONFIG_B=y\nCONFIG_C=y\n",
}


def lay_out(folder: Path, project: str = "", configs: tuple[str, ...] = tuple(CONFIGS)) -> Path:
    """Write the tree, and a project file if there is a text for it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Kconfig").write_text(KCONFIG)
    (folder / "configs").mkdir(exist_ok=True)
    for name in configs:
        (folder / f"configs/{name}.config").write_text(CONFIGS[name])
    if project:
        (folder / "kvariant.toml").write_text(project)
    return folder


def sweep(capsys: Any, *arguments: str) -> tuple[int, dict[tuple[str, ...], dict[str, Any]]]:
    """Run a sweep; return its code, and its cells by variant, step and (if it is one) test."""
    before, mark, after = _split(arguments)
    code = run(["sweep", "--json", *before, *mark, *after])
    printed = capsys.readouterr()
    record = json.loads(printed.out)
    assert record["format"] == 1, printed.out + printed.err
    cells = {}
    for cell in record.get("cells", ()):
        place = (cell["variant"], cell["step"], *filter(None, [cell.get("test")]))
        assert place not in cells
        cells[place] = cell
    return code, cells


def outcomes(cells: dict[tuple[str, ...], dict[str, Any]]) -> dict[tuple[str, ...], str]:
    """Return how each cell ended, nothing else."""
    return {place: cell["outcome"] for place, cell in cells.items()}


def _split(arguments: tuple[str, ...]) -> tuple[list[str], list[str], list[str]]:
    if "--" not in arguments:
        return list(arguments), [], []
    place = arguments.index("--")
    return list(arguments[:place]), ["--"], list(arguments[place + 1 :])
