# SPDX-License-Identifier: MIT
"""Generated modules are what their files say now, whatever bytecode lies about."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from kvariant.pytest_plugin.generated_module import imported

SHOW = """
import importlib.util, sys
from pathlib import Path
from kvariant.pytest_plugin.generated_module import imported
root = Path(sys.argv[1])
top = root.stem
print(imported(top, root, sys.argv[2], lambda name: None).ANSWER)
"""


def no_sibling(name: str) -> ModuleType | None:
    """Nothing is generated beside."""


@pytest.mark.parametrize(
    ("file", "root", "rest"),
    [
        ("alone.py", "alone.py", ""),
        ("package/__init__.py", "package", ""),
        ("package/part.py", "package", "part"),
        ("package/inner/part.py", "package", "inner.part"),
        ("package/plain/part.py", "package", "plain.part"),
    ],
)
def test_what_is_there_now(tmp_path: Path, file: str, root: str, rest: str) -> None:
    """A file of the same size, written within the same second, is read and not its bytecode."""
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    if root == "package":
        (tmp_path / "package/__init__.py").touch()
        (tmp_path / "package/inner").mkdir(exist_ok=True)
        (tmp_path / "package/inner/__init__.py").touch()
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    for answer in (1, 2):
        (tmp_path / file).write_text(f"ANSWER = {answer}\n")
        os.utime(tmp_path / file, (1_000_000_000, 1_000_000_000))
        command = [sys.executable, "-c", SHOW, str(tmp_path / root), rest]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout == f"{answer}\n"
    assert not [*tmp_path.rglob("*.pyc")], "generated folders hold what was generated"


def test_modules_of_one_package(tmp_path: Path) -> None:
    """Modules of a package import each other relatively, also late and in a plain folder."""
    (tmp_path / "package/plain").mkdir(parents=True)
    (tmp_path / "package/__init__.py").write_text("from .a import ONE\n")
    (tmp_path / "package/a.py").write_text(
        "ONE = 1\ndef two():\n    from .plain.b import TWO\n    return TWO\n"
    )
    (tmp_path / "package/plain/b.py").write_text("from ..a import ONE\nTWO = ONE + 1\n")
    module = imported("package", tmp_path / "package", "a", no_sibling)
    assert (module.ONE, module.two()) == (1, 2)
    with pytest.raises(ModuleNotFoundError):
        imported("package", tmp_path / "package", "absent", no_sibling)
