# SPDX-License-Identifier: MIT
"""Bytes of Kconfig files as text, whatever their encoding.

The C tools know bytes only: a byte that is not UTF-8 is fine in help texts, comments and
prompts. Between reading and tokens such a byte is half a surrogate pair (PEP 383), so
that names of files keep it; texts for people get the Latin-1 character.
"""

from __future__ import annotations

import io
import re

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UNDECODED = re.compile("[\udc80-\udcff]")


def text_of(data: bytes) -> io.StringIO:
    """Return a file's text with its line ends as `\\n`, without a byte order mark.

    The C tools skip a mark as three characters that they do not know.
    """
    text = data.removeprefix(_BYTE_ORDER_MARK).decode(errors="surrogateescape")
    return io.StringIO(text, newline=None)


def has_undecoded(text: str) -> bool:
    """Return whether a text has bytes that are not UTF-8."""
    return not text.isascii() and _UNDECODED.search(text) is not None


def readable(text: str) -> str:
    """Return a text for people: what is not UTF-8 counts as Latin-1."""
    if text.isascii():
        return text
    return _UNDECODED.sub(lambda byte: chr(ord(byte[0]) - 0xDC00), text)
