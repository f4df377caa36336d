# SPDX-License-Identifier: MIT
"""Patches: which lines they change, in a tree that has them and in one that has not."""

from __future__ import annotations

import difflib
import random
from collections.abc import Callable, Mapping

import pytest

from kvariant.errors import InputError
from kvariant.presence.diff import changes_of


def made(old: Mapping[str, str], new: Mapping[str, str], context: int = 3) -> str:
    """Return the patch between two trees, as git writes it."""
    text = ""
    for path in sorted({*old, *new}):
        before, after = old.get(path), new.get(path)
        if before != after:
            text += f"diff --git a/{path} b/{path}\n"
            text += "new file mode 100644\n" if before is None else ""
            text += "deleted file mode 100644\n" if after is None else ""
            text += "".join(
                line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
                for line in difflib.unified_diff(
                    (before or "").splitlines(keepends=True),
                    (after or "").splitlines(keepends=True),
                    "/dev/null" if before is None else f"a/{path}",
                    "/dev/null" if after is None else f"b/{path}",
                    n=context,
                )
            )
    return text


def reader(files: Mapping[str, str]) -> Callable[[str], str | None]:
    """Return what reads a file of a tree."""
    return files.get


@pytest.mark.parametrize("seed", range(60))
def test_both_trees_give_the_same_lines(seed: int) -> None:
    """Of random edits the added lines are those that differ, whichever tree is at hand, and the
    text is what the patch leaves."""
    draw = random.Random(seed)
    old = [f"line {n}" for n in range(draw.randint(1, 40))]
    new = [f"{line} changed" if draw.random() < 0.1 else line for line in old]
    for _ in range(draw.randint(0, 3)):
        new.insert(draw.randint(0, len(new)), f"new {draw.random()}")
    for _ in range(draw.randint(0, 3)):
        if len(new) > 1:
            del new[draw.randrange(len(new))]
    end = draw.choice(["\n", ""])
    before, after = (
        {"a.c": "\n".join(old) + end},
        {"a.c": "\n".join(new) + draw.choice(["\n", end])},
    )
    if before == after:
        return
    patch = made(before, after, draw.choice([0, 1, 3]))
    (there,) = changes_of(patch, reader(after), "patch")
    (late,) = changes_of(patch, reader(before), "patch")
    assert (there.added, there.removed) == (late.added, late.removed)
    assert after["a.c"].rstrip("\n") == there.text.rstrip("\n") == late.text.rstrip("\n")
    assert there.is_applied
    lines = after["a.c"].split("\n")
    assert {lines[n - 1] for n in there.added} >= {line for line in new if line not in {*old}}


def test_removed_lines_are_at_the_line_before() -> None:
    """A removed line is where the line before it is now; at the start of a file that is none."""
    old = {"a.c": "a\nb\nc\nd\n"}
    new = {"a.c": "b\nd\n"}
    (change,) = changes_of(made(old, new), reader(new), "patch")
    assert ((), (0, 1)) == (change.added, change.removed)


def test_new_files_and_files_that_go() -> None:
    """A new file is all new, one that goes has no lines."""
    old, new = {"gone.c": "a\nb\n"}, {"new.c": "x\ny\n"}
    gone, fresh = changes_of(made(old, new), reader(new), "patch")
    assert (True, ()) == (gone.is_gone, gone.added)
    assert (1, 2) == fresh.added
    assert ("x\ny", False) == (
        (late := changes_of(made(old, new), reader(old), "patch")[1]).text.rstrip("\n"),
        late.is_applied,
    )


MAIL = """\
From 1234567890 Mon Sep 17 00:00:00 2001
From: Somebody <somebody@example.org>
Subject: [PATCH] a: change

-- not a patch line
---
 a.c | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

diff --git a/a.c b/a.c
index 1..2 100644
--- a/a.c
+++ b/a.c
@@ -1,2 +1,2 @@ int main
-old
+new
 end
--
2.39.0
"""


def test_a_mail_is_a_patch() -> None:
    """The text around hunks is passed over."""
    (change,) = changes_of(MAIL, reader({"a.c": "old\nend\n"}), "mail")
    assert ((1,), "new\nend\n", False) == (change.added, change.text, change.is_applied)


BAD = [
    ("", "has no changed file in it"),
    ("hello\n", "has no changed file in it"),
    ("--- a/a.c\n+++ b/a.c\n@@ -1,3 +1,3 @@\n a\n", "is no patch"),
    (MAIL.replace("old", "other"), "is neither as before nor as after it"),
    (MAIL.replace("a.c", "none.c"), "is not in the tree"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_what_is_no_patch_of_this_tree_is_refused(text: str, message: str) -> None:
    """The error says what is wrong with it."""
    with pytest.raises(InputError, match=message):
        changes_of(text, reader({"a.c": "old\nend\n"}), "patch")
