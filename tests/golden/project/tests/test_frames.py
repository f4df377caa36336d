"""Tests of which some fail, some are skipped and one runs nowhere."""

import pytest


def test_waiting(variant):
    """As many frames wait as there is room for."""
    assert variant.import_module("frames").waiting(9) == variant["DEPTH"]


def test_short_frames(variant):
    """A frame is short: wrong where frames are long."""
    assert variant.import_module("frames").MOST == 8


@pytest.mark.kconfig("CHECKSUM")
def test_balance(variant):
    """Sum and checksum make 256."""
    assert variant.import_module("frames").checksum(255) == 1


@pytest.mark.kconfig("LONG_FRAMES && DEPTH = 7")
def test_deep(variant):
    """Runs in no variant."""
    assert variant["DEPTH"] == 7
