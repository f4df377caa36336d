# SPDX-License-Identifier: MIT
"""Fixtures of the variant tests: a language, and the family in that language."""

import pytest
from facts import Facts
from families import LANGUAGES, Family
from oracle import Oracle


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
