# SPDX-License-Identifier: MIT
"""`kvariant mcp` where the extra is not installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("lacking", ["mcp", "mcp.server.mcpserver"])
def test_the_lacking_extra_is_named(tmp_path: Path, lacking: str) -> None:
    """Without the package, or with one from before its server, that is said with the line that
    installs it, exit 3."""
    program = (
        f"import sys; sys.modules[{lacking!r}] = None; from kvariant.cli import main; main(['mcp'])"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, input="")
    assert done.returncode == 3
    assert "error: the package mcp, version 2 or newer, is not installed" in done.stderr
    assert "[no-mcp]\nhint: pip install 'kvariant[mcp]'\n" in done.stderr
    assert "" == done.stdout
