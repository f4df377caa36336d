# SPDX-License-Identifier: MIT
"""One small tree for each rule of the language that a model of it gets wrong easily.

What must hold is not written down: brute force through kconfiglib says it.
"""

from __future__ import annotations

import pytest

import strategies
from strategies import SmallTree

from .test_exact_small import known, only, projected

MODULES = 'config MODULES\n  bool "modules"\n  option modules\n'

RULES = {
    "a visible m is y only while it has no user value": MODULES
    + """
config M
  tristate "m"
config A
  tristate "a" if M
  default y
""",
    "the first default whose condition holds ends the chain, even as n": """
config A
  bool "a"
config B
  bool
  default n if A
  default y
""",
    "a default is limited by its condition": MODULES
    + """
config A
  tristate "a"
config B
  tristate
  default y if A
config C
  bool
  default y if A
config D
  tristate
  default A
""",
    "an imply of y promotes m": MODULES
    + """
config A
  tristate "a"
  imply B
config B
  tristate "b"
  depends on A
""",
    "an imply needs the direct dependency, of any of the definitions": """
config A
  bool "a"
config B
  bool "b"
config S
  bool "s"
  imply T
config T
  bool
  depends on A
config T
  bool
  depends on B
""",
    "a select ignores dependencies": MODULES
    + """
config A
  tristate "a"
  select T if B
config B
  tristate "b"
config T
  tristate "t"
  depends on n
""",
    "a select is m where its source is m, and y in a bool": MODULES
    + """
config A
  tristate "a"
  select T
  select B
config T
  tristate "t"
config B
  bool "b"
""",
    "without modules every tristate is a bool": """
config A
  tristate "a"
config B
  tristate "b"
  depends on A != m
""",
    "modules that depend on a user's value": """
config A
  bool "a"
config MODULES
  bool "modules" if A
  default !A
  option modules
config T
  tristate "t"
config U
  tristate
  default m
config V
  bool "v"
  depends on m
""",
    "a choice's default must be visible": """
config A
  bool "a"
choice
  prompt "c"
  default Z if A
  default Y
config X
  bool "x"
config Y
  bool "y" if !A
config Z
  bool "z" if A
endchoice
""",
    "a choice out of sight has no member on": """
config A
  bool "a"
choice
  prompt "c" if A
config X
  bool "x"
config Y
  bool "y"
endchoice
config B
  bool
  default y if X || Y
""",
    "an optional choice is off until a member is asked for": """
choice
  prompt "c"
  optional
config X
  bool "x"
config Y
  bool "y"
endchoice
""",
    "a tristate choice takes any members in mode m, one in mode y": MODULES
    + """
choice
  tristate "c"
config X
  tristate "x"
config Y
  tristate "y"
config Z
  bool "z"
endchoice
""",
    "an optional tristate choice": MODULES
    + """
choice
  tristate "c"
  optional
  default Y
config X
  tristate "x"
config Y
  tristate "y"
endchoice
""",
    "a tristate choice whose prompt is limited to m": MODULES
    + """
config A
  tristate "a"
choice
  tristate "c" if A
config X
  tristate "x"
config Y
  tristate "y"
config Z
  bool "z"
endchoice
""",
    "a member visible at m vanishes in mode y": MODULES
    + """
config A
  tristate "a"
choice
  tristate "c"
config X
  tristate "x" if A
config Y
  tristate "y"
endchoice
""",
    "a select of a member does nothing": """
config A
  bool "a"
  select Y
  imply X
choice
  prompt "c"
config X
  bool "x"
config Y
  bool "y"
endchoice
""",
    "a symbol that depends on a member is no member": MODULES
    + """
choice
  tristate "c"
config X
  tristate "x"
config S
  tristate "s"
  depends on X
config Y
  tristate "y"
endchoice
""",
    "a member with a second prompt outside its choice": MODULES
    + """
config A
  tristate "a"
choice
  tristate "c" if A
config X
  tristate "x"
config Y
  tristate "y"
endchoice
config X
  tristate "again"
""",
    "a choice in two places": """
config A
  bool "a"
choice C
  prompt "c" if A
config X
  bool "x"
endchoice
choice C
  prompt "c again"
config Y
  bool "y"
endchoice
""",
    "visible if hides the prompt and keeps the default": """
config A
  bool "a"
menu "m"
  visible if A
config B
  bool "b"
  default y
menu "n"
  depends on B
config C
  bool "c"
endmenu
endmenu
""",
    "several prompts are alternatives": MODULES
    + """
config A
  tristate "a"
config B
  tristate "b" if A
config B
  tristate "b" if A = n
""",
    "m, n and y are 1, 0 and 2 in a comparison": MODULES
    + """
config A
  tristate "a"
config B
  tristate "b"
config L
  bool
  default y if A < B
config M
  bool
  default y if A >= m
config N
  bool
  default y if A = 1
""",
    "an int outside its range falls back on its default, which is clamped": """
config A
  bool "a"
config I
  int "i"
  range 3 5 if A
  range 4 20
  default 1 if A
  default 30
config LOW
  bool
  default y if I = 3
config HIGH
  bool
  default y if I = 20
config MIDDLE
  bool
  default y if I > 4 && I < 19
""",
    "an int without a default is empty, and 0 for its range": """
config A
  bool "a"
config I
  int
  default 2 if A
config J
  int
  range 1 4
config EMPTY
  bool
  default y if I = ""
config LESS
  bool
  default y if I < J
config CLAMPED
  bool
  default y if J = 1
""",
    "bounds that are symbols": """
config LOW
  int "low"
  range 0 3
  default 1
config HIGH
  int "high"
  range 2 6
  default 4
config I
  int "i"
  range LOW HIGH
config AT_LOW
  bool
  default y if I = LOW
config BELOW
  bool
  default y if I > LOW && I < HIGH
config CROSSED
  bool
  default y if LOW > HIGH
""",
    "hex and int compare as numbers, and keep their text": """
config H
  hex "h"
  default 0x10
config I
  int "i"
  default 16
config EQUAL
  bool
  default y if H = I
config TEXT
  bool
  default y if H = 16
config LESS
  bool
  default y if H < 0x8
config S
  string
  default H
config COPIED
  bool
  default y if S = "0x10"
""",
    "strings compare by their letters": """
config A
  string "a"
  default "b"
config B
  string "b"
  default "c" if A = "b"
config LESS
  bool
  default y if A < B
config EMPTY
  bool
  default y if A = ""
config NUMBER
  bool
  default y if A < "10"
""",
    "a name that nothing defines is its own text": """
config S
  string "s"
  default "bar"
config SAME
  bool
  default y if S = bar
config UNKNOWN
  bool
  default NOWHERE
config CONSTANT
  bool
  default y if NOWHERE = NOWHERE
""",
    "a string's default may be any symbol": MODULES
    + """
config T
  tristate "t"
config I
  int "i"
  range 1 2
  default 1
config S
  string
  default T if I = 1
  default I
config MODULE
  bool
  default y if S = "m"
config TWO
  bool
  default y if S = "2"
""",
    "ints and strings are n in a condition": """
config I
  int "i"
  default 1
config S
  string "s"
  default "y"
config A
  bool "a"
  depends on !I
config B
  bool
  default S
config C
  bool
  default y if I || S
""",
    "texts with quotes and backslashes": """
config S
  string "s"
  default "a\\\\b\\"c"
config T
  string "t"
  default S
config A
  bool
  default y if S = "a\\\\b\\"c"
config B
  bool
  default y if S = T
""",
    "negative numbers": """
config I
  int "i"
  range -2 2
  default -1
config NEGATIVE
  bool
  default y if I < 0
config DEFAULT
  bool
  default y if I = -1
""",
    "two free numbers in any order": """
config I
  int "i"
config J
  int "j"
config LESS
  bool
  default y if I < J && J < 5
config EQUAL
  bool
  default y if I = J && I > 5
config GREATER
  bool
  default y if I > J && J > 4 && I < 8
""",
}


@pytest.mark.parametrize("rule", RULES)
def test_a_tree_for_each_rule(rule: str) -> None:
    """Projections, counts, solutions and samples are kconfiglib's, rule by rule."""
    with known(SmallTree(RULES[rule].lstrip("\n")), largest=20_000) as it:
        reached = it.reached(it.logical)
        assert sorted(reached) == sorted(projected(it.space, it.logical))
        assert len(reached) == it.space.count(it.logical)
        for values in reached:
            wanted = dict(zip(it.logical, values, strict=True))
            solution = it.space.solve(wanted)
            assert solution is not None, wanted
            assert wanted == only(solution, it.logical)
            assert dict(solution) == strategies.resolve(it.kconfig, solution.assignment)
        for sample in it.space.sample(20, seed=1):
            assert dict(sample) == strategies.resolve(it.kconfig, sample.assignment)
