# SPDX-License-Identifier: MIT
"""Which option a line of a Kconfig file belongs to."""

from __future__ import annotations

from kvariant.presence.kconfig_lines import kconfig_lines, values_named

TEXT = """\
# a comment
config A
    bool "a"
    help
      config B
      words of help

      more words
    depends on C

menu "m"
config NUMBER # of some
    int
    range 1 9 if A
    default 3
    default OTHER
    default "$(x)"
    ---help---
      default 5

endmenu
    menuconfig Z
      bool
"""
EXPECTED = [
    ("", False), ("A", True), ("A", True), ("A", False), ("A", False), ("A", False), ("A", False),
    ("A", False), ("A", True), ("A", False), ("", True), ("NUMBER", True), ("NUMBER", True),
    ("NUMBER", True), ("NUMBER", True), ("NUMBER", True), ("NUMBER", True), ("NUMBER", False),
    ("NUMBER", False), ("NUMBER", False), ("", True), ("Z", True), ("Z", True), ("Z", False),
]  # fmt: skip


def test_each_line_has_its_option() -> None:
    """Help texts are no rules, whatever words they begin with; menus end a definition."""
    assert EXPECTED == [(line.option, line.is_rule) for line in kconfig_lines(TEXT)]


JOINED = """\
config A
    bool "a" \\
    if B
    default y \\

config C
    bool
NAME := value
$(info,words)
config $(NAME)_D
    bool
configdefault A
    default n
"""


def test_lines_that_go_on_and_names_that_macros_make() -> None:
    """A joined line is its option's, whatever word it begins with; macros are no option's."""
    found = [(line.option, line.first) for line in kconfig_lines(JOINED)]
    assert [("A", 1)] * 5 + [("C", 6)] * 2 + [("", 8), ("", 9), ("", 10), ("", 10)] + [
        ("A", 12),
        ("A", 12),
        ("A", 12),
    ] == found


def test_the_numbers_of_a_definition() -> None:
    """Ends of ranges and defaults that are written as numbers, not those of help texts."""
    assert ["1", "9", "3"] == list(values_named(TEXT, "NUMBER"))
