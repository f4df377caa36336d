# SPDX-License-Identifier: MIT
"""The kernels' headers, laid out once a session, or a skip that says why not."""

import os
from collections.abc import Callable
from functools import cache

import pytest

import debian

from .configurations import Configuration, configurations, sample
from .harness import Headers, lay_out
from .headers import ARCHITECTURES, Architecture, Release
from .native import compiler

KERNELS = [
    (release, architecture)
    for release, architectures in ARCHITECTURES.items()
    for architecture in architectures
]

WHOLE = "KVARIANT_KERNEL_WHOLE"
"""Environment variable; "1" compares every valid configuration instead of a sample."""

LayOut = Callable[[Release, Architecture], Headers]


@pytest.fixture(scope="session")
def headers_of(tmp_path_factory: pytest.TempPathFactory) -> LayOut:
    """Lay out a kernel's headers; a test that cannot have them is skipped with the reason."""

    @cache
    def laid_out(release: Release, architecture: Architecture) -> Headers | debian.Unavailable:
        if not compiler():
            return debian.Unavailable("gcc is not installed")
        try:
            return lay_out(
                release, architecture, tmp_path_factory.mktemp(f"{release}-{architecture}")
            )
        except debian.Unavailable as reason:
            return reason

    def headers(release: Release, architecture: Architecture) -> Headers:
        outcome = laid_out(release, architecture)
        if isinstance(outcome, debian.Unavailable):
            pytest.skip(f"linux-source-{release}: {outcome}")
        return outcome

    return headers


@pytest.fixture(params=KERNELS, ids=lambda kernel: f"{kernel[0]}-{kernel[1]}")
def kernel(
    request: pytest.FixtureRequest, headers_of: LayOut
) -> tuple[Release, Architecture, Headers]:
    """A release, an architecture, and their headers."""
    release, architecture = request.param
    return release, architecture, headers_of(release, architecture)


def chosen_configurations(release: Release, architecture: Architecture) -> list[Configuration]:
    """Return every valid configuration if they are asked for, else the sample."""
    everything = list(configurations(release, architecture))
    return everything if os.environ.get(WHOLE) == "1" else sample(everything)
