# SPDX-License-Identifier: MIT
"""conf that asks for ever is noticed; conf that asks, or prints much, is not."""

from __future__ import annotations

import re

import pytest

from kvariant.build.endless_question import EndlessQuestionError, QuestionListener

# As U-Boot 2025.01 and Linux 6.1 print it: `conf --syncconfig Kconfig < /dev/null`.
HEAD = "*\n* Restart config...\n*\n*\n* Main menu\n*\n"
ASKED = "an offset (OFFSET) [] (NEW) \nError in reading or end of file.\n\n"


def heard(text: str, size: int) -> str:
    """Return what is said of an output that comes in parts of a size, "" for nothing."""
    listener = QuestionListener()
    data = text.encode()
    try:
        for start in range(0, len(data), size):
            listener.hear(data[start : start + size])
    except EndlessQuestionError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("size", [1, 7, 65536])
@pytest.mark.parametrize(
    "asked",
    [
        ASKED,
        ASKED.replace("[] (NEW)", "[]"),
        ASKED.replace("[] (NEW)", "[0x10]"),
        ASKED.replace("an offset", "an offset (of what follows)"),
    ],
)
def test_a_question_for_ever(asked: str, size: int) -> None:
    """However its parts come."""
    assert heard(HEAD + asked * 60, size) == "error: conf asks for OFFSET, which has no value"


@pytest.mark.parametrize(
    "text",
    [
        HEAD + ASKED * 49,
        "".join(ASKED.replace("OFFSET", f"O{n}") for n in range(99)),  # each is answered in turn
        ASKED.replace("Error in reading or end of file", "16") * 99,
        "Error in reading or end of file.\n" * 99,
        re.sub("OFFSET", "", ASKED) * 99,
        "x" * 100_000,
    ],
)
def test_other_output(text: str) -> None:
    """What is asked a few times, of several symbols, or only looks like it."""
    assert heard(text, 50) == ""
