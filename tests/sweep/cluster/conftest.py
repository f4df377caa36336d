# SPDX-License-Identifier: MIT
"""Hosts with a network and ssh servers of their own, for tests of clusters."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import debian
import hosts as namespaces
import sshd
from hosts import Hosts

_WHY_NOT = namespaces.why_not()


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    """Yield alpha and beta, which do not see `hidden`."""
    if _WHY_NOT:
        pytest.skip(_WHY_NOT)
    (tmp_path / "hidden").mkdir()
    with namespaces.hosts(tmp_path, ["alpha", "beta"], tmp_path / "hidden") as found:
        yield found


@pytest.fixture
def ssh(hosts: Hosts) -> Iterator[Path]:
    """Yield a folder with an `ssh` that reaches both."""
    with contextlib.ExitStack() as stack:
        try:
            found = stack.enter_context(sshd.served(hosts))
        except debian.Unavailable as reason:
            pytest.skip(f"no ssh server: {reason}")
        yield found
