"""Frames, in C and in Python, in every variant."""

import pytest


@pytest.fixture(params=["c", "python"])
def sensor(request, variant):
    return variant.c if request.param == "c" else variant.python.sensor


def test_frame_size(variant, sensor):
    overhead = 3 if variant["CHECKSUM"] else 2
    assert [sensor.frame_size(n) for n in (0, 1, 8)] == [overhead, overhead + 2, overhead + 16]


def test_a_frame_ends_somewhere(variant, sensor):
    assert sensor.MOST == (64 if variant["LONG_FRAMES"] else 8)
    assert sensor.frame_size(sensor.MOST) > 0
    assert sensor.frame_size(sensor.MOST + 1) == 0


@pytest.mark.kconfig("CHECKSUM")
@pytest.mark.parametrize("total", [0, 1, 255, 256, 1000])
def test_sums_are_balanced(sensor, total):
    assert (total + sensor.checksum(total)) % 256 == 0


@pytest.mark.kconfig("!CHECKSUM")
def test_no_checksum_is_zero(sensor):
    assert sensor.checksum(1000) == 0


@pytest.mark.kconfig("ALARM")
def test_the_alarm_sounds(variant, sensor):
    assert not sensor.sounds(variant["ALARM_AT"] - 1)
    assert sensor.sounds(variant["ALARM_AT"])
