# SPDX-License-Identifier: MIT
"""Real trees as fixtures; a test that needs one that cannot be had is skipped, saying why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import kernel_conf
import pytest
from foreign import TREES, Foreign, foreign_tree

import debian

_Result = TypeVar("_Result")
_missing: dict[str, str] = {}  # why, so that nothing is asked for twice


@pytest.fixture(params=list(TREES))
def foreign(request: pytest.FixtureRequest) -> Foreign:
    """Each real tree in turn."""
    return _or_skip(request.param, lambda: foreign_tree(request.param))


@pytest.fixture
def linux() -> Foreign:
    """Linux 6.1 for x86."""
    return _or_skip("linux", lambda: foreign_tree("linux"))


@pytest.fixture(scope="session")
def conf() -> Path:
    """The C tool of Linux 6.1."""
    return _or_skip("conf", lambda: kernel_conf.linux("6.1").program)


def _or_skip(name: str, have: Callable[[], _Result]) -> _Result:
    if name not in _missing:
        try:
            return have()
        except debian.Unavailable as reason:
            _missing[name] = str(reason)
    pytest.skip(f"no {name} here: {_missing[name]}")
