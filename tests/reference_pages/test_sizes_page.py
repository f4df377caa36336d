# SPDX-License-Identifier: MIT
"""What docs/sizes-and-warnings.md shows is what a terminal shows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from console_blocks import blocks, is_shown, typed

PAGE = Path(__file__).parents[2] / "docs/sizes-and-warnings.md"
FILES = {"kconfig": "Kconfig", "c": "app.c", "toml": "kvariant.toml"}
CONFIGS = {"small": "", "net": "CONFIG_NET=y\n", "sso": "CONFIG_NET=y\nCONFIG_SSO=y\n"}


@pytest.mark.skipif(not shutil.which("gcc"), reason="gcc is needed")
def test_the_page_is_true(tmp_path: Path) -> None:
    """Its files are laid out, its commands typed one after the other, and the baseline is that."""
    project = tmp_path / "project"
    (project / "configs").mkdir(parents=True)
    for name, text in CONFIGS.items():
        (project / f"configs/{name}.config").write_text(text)
    shown = 0
    for block in blocks(PAGE):
        if block.language in FILES:
            (project / FILES[block.language]).write_text(block.text)
        elif block.language == "text":
            assert (project / "warnings.baseline").read_text() == block.text
        for command, lines in block.runs if block.language == "console" else ():
            printed = typed(command, project)
            assert is_shown(lines, printed) or not lines, "\n".join(printed)
            shown += len(lines)
        if block.language == "sh":
            printed = typed(block.text.strip(), project)
            assert any(line.startswith("SSO costs 4,5") for line in printed), printed
    assert shown > 20
