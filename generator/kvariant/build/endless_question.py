# SPDX-License-Identifier: MIT
"""A question that a tree's conf asks for ever, where a command has nobody to answer it.

An int or hex that has no default and no value is asked for when a build begins. Without a
terminal there is no answer: conf says so and asks again, until somebody ends it.

    an offset (OFFSET) [] (NEW)
    Error in reading or end of file.

[Linux and U-Boot scripts/kconfig/conf.c: `conf_string`, `xfgets`]
"""

from __future__ import annotations

import re

_TIMES = 50
"""So often it is asked before it is taken to be asked for ever."""
_KEPT = 32 * 1024
"""Bytes that are looked at: a text that conf asks with is a line."""
_MARK = b"Error in reading or end of file"
_ASKED = re.compile(rb"\((\w+)\) \[[^\]\n]*\][^\n]*\n+" + _MARK)


class EndlessQuestionError(Exception):
    """The same value is asked for again and again; in words that a log is told by."""

    def __init__(self, symbol: str) -> None:
        super().__init__(f"error: conf asks for {symbol}, which has no value")


class QuestionListener:
    """Hears what a command prints, and ends it with an error when it asks for ever."""

    def __init__(self) -> None:
        self._tail = b""

    def hear(self, data: bytes) -> None:
        """Hear a part of what is printed.

        Raises:
            EndlessQuestionError: it asks for ever.
        """
        self._tail = (self._tail + data)[-_KEPT:]
        if _MARK not in self._tail:
            return
        asked = _ASKED.findall(self._tail)[-_TIMES:]
        if len(asked) == _TIMES and len({*asked}) == 1:
            raise EndlessQuestionError(asked[0].decode(errors="replace"))
