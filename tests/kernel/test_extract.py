# SPDX-License-Identifier: MIT
"""Definitions are taken out of headers as the headers' own conditionals have them."""

import pytest

from .extract import NotFoundError, extract

HEADER = """\
#ifndef GUARD
#define GUARD
#include <other.h>
/* unrelated {
 * comment */
#define WANTED(x) \\
\t((x) + 1)
#ifdef CONFIG_A
static inline int taken(struct a *a, /* why */
\t\t\tint b)
{
#ifdef CONFIG_B
\treturn 1;
#endif
\treturn a[b].c(b);
}
static inline int left(void) { return 2; }
#else
static inline int taken(void) { return 0; }
#endif
#ifdef CONFIG_EMPTY
struct left { int member; };
# if X
enum { LEFT = 1 };
# else
# endif
#endif
typedef struct { long taken_val; } taken_t;
extern int taken_later(int);
START_ASSEMBLY = 1
#endif
"""

CASES = [
    ("WANTED", ["#ifndef GUARD", "#define WANTED(x)  \t((x) + 1)", "#endif"]),
    ("taken_t", ["#ifndef GUARD", "typedef struct { long taken_val; } taken_t;", "#endif"]),
    ("taken_l*", ["#ifndef GUARD", "extern int taken_later(int);", "#endif"]),
]


@pytest.mark.parametrize(("name", "expected"), CASES, ids=[name for name, _ in CASES])
def test_what_is_not_asked_for_is_gone_with_its_conditionals(
    name: str, expected: list[str]
) -> None:
    """Only the named definition and the conditionals around it stay."""
    assert [line for line in extract(HEADER, [name]).splitlines() if line] == expected


def test_both_branches_and_inner_conditionals_stay() -> None:
    """A function that two branches define is taken from both, with the #ifdefs in it."""
    lines = [line.strip() for line in extract(HEADER, ["taken"]).splitlines() if line.strip()]
    assert lines == [
        "#ifndef GUARD",
        "#ifdef CONFIG_A",
        "static inline int taken(struct a *a,",
        "int b)",
        "{",
        "#ifdef CONFIG_B",
        "return 1;",
        "#endif",
        "return a[b].c(b);",
        "}",
        "#else",
        "static inline int taken(void) { return 0; }",
        "#endif",
        "#endif",
    ]


def test_a_name_that_is_not_there_is_an_error() -> None:
    """A header that has moved on is noticed, unless the name is optional."""
    with pytest.raises(NotFoundError, match=r"no definition of gone, gone\*"):
        extract(HEADER, ["WANTED", "gone", "gone*"])
    assert "WANTED" in extract(HEADER, ["WANTED"], optional=["gone"])
