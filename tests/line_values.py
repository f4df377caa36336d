"""Lines of a `.config` and what the tools make of them: one table for every reader."""

from __future__ import annotations

from dataclasses import dataclass

from kvariant.kconfig.value import SymbolType

BOOL, TRISTATE, INT, HEX, STRING = SymbolType


@dataclass(frozen=True, slots=True)
class Line:
    """The text behind the `=`, and the value; None where the line is not taken."""

    type: SymbolType
    text: str
    c: str | None
    """By the C tools of Linux 6.1, 6.12 and 7.2."""
    kconfiglib: str | None
    """By kconfiglib 14.1.0."""

    @property
    def id(self) -> str:
        """Return the line's name as a test."""
        return f"{self.type.value} {self.text!r}"


def _same(type_: SymbolType, text: str, value: str | None) -> Line:
    return Line(type_, text, value, value)


LINES = [
    _same(BOOL, "y", "y"),
    _same(BOOL, "n", "n"),
    _same(BOOL, "m", None),
    _same(BOOL, "yes", "y"),
    _same(BOOL, "y # why", "y"),
    _same(BOOL, "no", "n"),
    _same(BOOL, "y ", "y"),
    _same(BOOL, " y", None),
    _same(BOOL, "Y", None),
    _same(BOOL, '"y"', None),
    _same(BOOL, "'y'", None),
    _same(BOOL, "1", None),
    _same(BOOL, "true", None),
    _same(BOOL, "", None),
    _same(TRISTATE, "m", "m"),
    _same(TRISTATE, "maybe", "m"),
    _same(TRISTATE, "y", "y"),
    _same(TRISTATE, "M", None),
    _same(TRISTATE, '"m"', None),
    _same(STRING, '"x"', "x"),
    _same(STRING, '""', ""),
    _same(STRING, '"x" # why', "x"),
    _same(STRING, '"x"y"z"', "x"),
    _same(STRING, '"a b"', "a b"),
    _same(STRING, '"a\\"b"', 'a"b'),
    _same(STRING, '"a\\\\b"', "a\\b"),
    _same(STRING, '"a\\nb"', "anb"),
    _same(STRING, '"é"', "é"),
    _same(STRING, '"a\x0cb"', "a\x0cb"),
    _same(STRING, "x", None),
    _same(STRING, "", None),
    _same(STRING, "'x'", None),
    _same(STRING, ' "x"', None),
    _same(STRING, '"x', None),
    _same(STRING, "$(X)", None),
    _same(INT, "5", "5"),
    _same(INT, "-5", "-5"),
    _same(INT, "0", "0"),
    _same(INT, "", None),
    _same(INT, "0x5", None),
    _same(INT, "5k", None),
    _same(INT, '"5"', None),
    _same(INT, "5 # why", None),
    _same(INT, "five", None),
    _same(INT, "-", None),
    _same(INT, "99999999999999999999", "99999999999999999999"),
    Line(INT, "007", None, "007"),
    Line(INT, "00", None, "00"),
    Line(INT, "+5", None, "+5"),
    Line(INT, "1_000", None, "1_000"),
    Line(INT, "5 ", None, "5"),
    Line(INT, " 5", None, " 5"),
    _same(INT, "-0", "-0"),
    _same(HEX, "0x1F", "0x1F"),
    _same(HEX, "0X1f", "0X1f"),
    _same(HEX, "1f", "1f"),
    _same(HEX, "0x0010", "0x0010"),
    _same(HEX, "", None),
    _same(HEX, "0x", None),
    _same(HEX, "0xg", None),
    _same(HEX, "-0x1", None),
    _same(HEX, '"0x1"', None),
    Line(HEX, "+0x1", None, "+0x1"),
    Line(HEX, "0x1_0", None, "0x1_0"),
    Line(HEX, "0x1 ", None, "0x1"),
]
