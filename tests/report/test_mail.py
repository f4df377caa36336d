# SPDX-License-Identifier: MIT
"""Commands in text of 72 columns."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kvariant.report.mail import shell_lines

ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=90)


@given(st.lists(ASCII, max_size=4))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_a_command_in_lines_is_the_command(words: list[str]) -> None:
    """A shell takes the lines for the words that were there, however long they are."""
    lines = shell_lines(shlex.join(["printf", "%s\\0", *words]), "again: ", "     ")
    assert max(map(len, lines)) <= 72
    text = "\n".join(lines).removeprefix("again: ")
    done = subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout.split("\0")[:-1] == (words or [""])


@pytest.mark.parametrize(
    "command",
    [
        'printf %s "' + "a $HOME b " * 20 + '"',
        "printf %s " + r"a\ b\'c\"" * 20,
        "printf %s '" + r"a\ " * 40 + r"""'"'"'b\' """ + "x" * 90,
        'printf %s "' + r"\"\\ " * 40 + '"',
        "printf %s " + "'it'\\''s' " * 30,
    ],
)
def test_quotes_of_all_kinds_are_kept(command: str) -> None:
    """Also what a user has quoted in other ways than we would."""
    lines = shell_lines(command, "", "  ")
    assert len(lines) > 1
    assert max(map(len, lines)) <= 72
    ran = [
        subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=True).stdout
        for text in (command, "\n".join(lines))
    ]
    assert ran[0] == ran[1] != ""
