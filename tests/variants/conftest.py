# SPDX-License-Identifier: MIT
"""Fixtures of the variant tests: a language, and the family in that language."""

import pytest
from facts import Facts
from families import LANGUAGES, Family
from oracle import Oracle

EXPENSIVE = {"test_address_space", "test_live_kernel", "test_mutants_found"}
"""Modules that run in named variants alone, as drawn inputs do: hundreds are for truth tables."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is expensive in variants that a strategy chose."""
    left = [item for item in items if item.get_closest_marker("chosen") and is_expensive(item)]
    config.hook.pytest_deselected(items=left)
    out = set(left)
    items[:] = [item for item in items if item not in out]


def is_expensive(item: pytest.Item) -> bool:
    """Return whether a test draws its inputs, or simulates a machine."""
    drawn = getattr(item.obj, "is_hypothesis_test", False)
    return drawn or item.path.stem in EXPENSIVE


@pytest.fixture(scope="session", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """Return "c" or "python"."""
    return request.param


@pytest.fixture(scope="session")
def facts(variant) -> Facts:
    """Return what the kernel does with the variant's configuration."""
    return Facts(variant)


@pytest.fixture(scope="session")
def oracle(facts) -> Oracle:
    """Return every helper of the variant again, independently written."""
    return Oracle(facts)


@pytest.fixture(scope="session")
def family(variant, language) -> Family:
    """Return the variant's generated helpers in one language."""
    return Family(variant, language)
