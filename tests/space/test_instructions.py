"""Evaluation as machine code: when it is taken, and that it says the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

_SCRIPT = """
import hashlib, sys
if sys.argv[1] == "plain":
    sys.modules["numba"] = None
import numpy as np
from kvariant import Assignments, Space, Tree
from kvariant.space import simulate
if sys.argv[1] == "compiled":
    simulate.LOADING = simulate._MANY = 0
tree = Tree.load(sys.argv[2])
space = Space.of(tree)
names = [n for n, s in tree.symbols.items() if s.type.value == "bool"]
bits = np.random.default_rng(1).integers(0, 2**64, size=(len(names), 200), dtype=np.uint64)
found = space.evaluate(Assignments([(n, "y") for n in names], bits, 200 * 64))
assert ("kvariant.space.instructions" in sys.modules) == (sys.argv[1] == "compiled"), sys.argv
print(list(found.rows.items()), hashlib.sha256(found.bits.tobytes()).hexdigest())
"""


def test_same_bits() -> None:
    """Where numba is there it changes no bit of 12,800 configurations."""
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    printed = [
        subprocess.run(
            [sys.executable, "-c", _SCRIPT, mode, str(ROOT / "Kconfig")],
            check=True, capture_output=True, env=os.environ,
        ).stdout
        for mode in ("plain", "compiled")
    ]  # fmt: skip
    assert printed[0] == printed[1]
    assert len(printed[0]) > 500


def test_little_work_loads_no_numba() -> None:
    """What takes less than loading numba does not load it."""
    subprocess.run(
        [sys.executable, "-c", _SCRIPT, "few", str(ROOT / "Kconfig")],
        check=True, capture_output=True, env=os.environ,
    )  # fmt: skip
