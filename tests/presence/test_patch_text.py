# SPDX-License-Identifier: MIT
"""Patches in all the forms that people have them in."""

from __future__ import annotations

import base64
import difflib
import quopri
import random
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from kvariant.errors import InputError
from kvariant.presence.diff import FileChange, changes_of
from kvariant.presence.patch_text import file_patches

BODY = "@@ -1 +1 @@\n-int old;\n+int new;\n"
"""A hunk that changes `int old;`."""


def changed(text: str, files: Mapping[str, str]) -> Mapping[str, FileChange]:
    """Return what a patch changes, by file."""
    return {change.path: change for change in changes_of(text, files.get, "patch")}


NAMED = [
    ("--- a/net/log.c\n+++ b/net/log.c\n", "net/log.c"),
    ("--- net/log.c\n+++ net/log.c\n", "net/log.c"),
    ("diff --git net/log.c net/log.c\n--- net/log.c\n+++ net/log.c\n", "net/log.c"),
    ("diff --git i/net/log.c w/net/log.c\n--- i/net/log.c\n+++ w/net/log.c\n", "net/log.c"),
    ("--- linux.orig/net/log.c\t2025\n+++ linux/net/log.c\t2026\n", "net/log.c"),
    ("--- a/repository/kernel/net/log.c\n+++ b/repository/kernel/net/log.c\n", "net/log.c"),
    ('--- "a/net/\\303\\244.c"\n+++ "b/net/\\303\\244.c"\n', "net/ä.c"),
    ('--- "a/net/\\"q\\".c"\n+++ "b/net/\\"q\\".c"\n', 'net/"q".c'),
    ("--- a/net/a b.c\t\n+++ b/net/a b.c\t\n", "net/a b.c"),
    ("diff --git a/net/a b.c b/net/a b.c\n--- a/net/a b.c\t\n+++ b/net/a b.c\t\n", "net/a b.c"),
    ("diff --git a/n b/a b.c b/n b/a b.c\n--- a/n b/a b.c\t\n+++ b/n b/a b.c\t\n", "n b/a b.c"),
    ('diff --git "a/n \\"/a" "b/n \\"/a"\n--- "a/n \\"/a"\n+++ "b/n \\"/a"\n', 'n "/a'),
    ("--- ../linux.orig/net/log.c\t2025\n+++ ./net/log.c\t2026\n", "net/log.c"),
    ("--- ./net/log.c\t2025\n+++ ../linux.new/net/log.c\t2026\n", "net/log.c"),
    ("--- /usr/src/linux-6.1/a/b/net/log.c\n+++ /home/me/linux/net/log.c\n", "net/log.c"),
    ("--- net/log.c.orig\t2025\n+++ net/log.c\t2026\n", "net/log.c"),
    ("--- net/log.c~\n+++ ./net/log.c\n", "net/log.c"),
    ('--- "a/net/a\\tb.c"\n+++ "b/net/a\\tb.c"\n', "net/a\tb.c"),
    ("\x1b[1m--- a/net/log.c\x1b[m\n\x1b[1m+++ b/net/log.c\x1b[m\n", "net/log.c"),
]  # fmt: skip


@pytest.mark.parametrize(("head", "path"), NAMED)
def test_a_file_is_found_however_it_is_named(head: str, path: str) -> None:
    """Prefixes, folders above the tree, quotes, times and colours do not matter."""
    assert {path} == changed(head + BODY, {path: "int new;\n"}).keys()


@pytest.mark.parametrize("behind", [
    "\n", "\n\ncommit 1\n\n    words\n", "\n--------------2.39.5--\n\n", "\n-- \n2.39.5\n\n",
])  # fmt: skip
def test_what_stands_behind_a_hunk_is_none_of_it(behind: str) -> None:
    """A blank line before the next commit of `git log -p`, or of a mail, is no line of a file."""
    text = f"--- a/a.c\n+++ b/a.c\n@@ -1,2 +1,2 @@\n int first;\n-int old;\n+int new;\n{behind}"
    for line, is_applied in (("int new;", True), ("int old;", False)):
        (found,) = changed(text, {"a.c": f"int first;\n{line}\nint last;\n"}).values()
        assert ((2,), is_applied) == (found.added, found.is_applied)


def test_a_tree_may_be_a_part_of_a_repository() -> None:
    """What is beside it is told, and no file of the tree is taken for it."""
    text = f"--- a/firmware/net/log.c\n+++ b/firmware/net/log.c\n{BODY}"
    text += f"--- a/other/net/log.c\n+++ b/other/net/log.c\n{BODY}"
    text += "--- /dev/null\n+++ b/firmware/new.c\n@@ -0,0 +1 @@\n+int new;\n"
    found = changed(text, {"net/log.c": "int new;\n"})
    assert {"net/log.c": "", "other/net/log.c": "outside of the tree", "new.c": ""} == {
        path: change.what for path, change in found.items()
    }
    assert ((1,), (1,)) == (found["net/log.c"].added, found["new.c"].added)


LINELESS = [
    ("old mode 100644\nnew mode 100755\n", "its mode alone"),
    ("index 1..2 100644\nBinary files a/f and b/f differ\n", "binary"),
    ("new file mode 100644\nGIT binary patch\nliteral 3\nKcmZQzWME)p00961\n\n", "binary"),
    (
        "index 1..2 160000\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n"
        "-Subproject commit 1\n+Subproject commit 2\n",
        "another repository",
    ),
    (
        "new file mode 120000\nindex 0..2\n--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+a.c\n"
        "\\ No newline at end of file\n",
        "a symbolic link",
    ),
    (
        "index 1..2 120000\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-b.c\n\\ No newline at end of file\n"
        "+a.c\n\\ No newline at end of file\n",
        "a symbolic link",
    ),
    (
        "deleted file mode 100644\nindex 1..0\n--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-int a;\n"
        "diff --git a/f b/f\nnew file mode 120000\nindex 0..2\n--- /dev/null\n+++ b/f\n"
        "@@ -0,0 +1 @@\n+a.c\n\\ No newline at end of file\n",
        "a symbolic link",
    ),
    ("deleted file mode 120000\nindex 1..0\n--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a.c\n"
     "\\ No newline at end of file\n", "a symbolic link"),
]  # fmt: skip


@pytest.mark.parametrize(("rest", "what"), LINELESS)
def test_what_has_no_lines_is_told(rest: str, what: str) -> None:
    """Modes, binary files, links and submodules are neither lines nor nothing."""
    text = f"diff --git a/f b/f\n{rest}diff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n{BODY}"
    found = changed(text, {"a.c": "int new;\n"})
    assert (what, ()) == (found["f"].what, found["f"].added)
    assert (1,) == found["a.c"].added


def test_a_link_that_becomes_a_file_is_the_file() -> None:
    """Git writes it as one that goes and one that comes; what counts is what there is now."""
    text = (
        "diff --git a/f.c b/f.c\ndeleted file mode 120000\nindex 1..0\n--- a/f.c\n+++ /dev/null\n"
    )
    text += "@@ -1 +0,0 @@\n-a.c\n\\ No newline at end of file\n"
    text += "diff --git a/f.c b/f.c\nnew file mode 100644\nindex 0..2\n--- /dev/null\n+++ b/f.c\n"
    text += "@@ -0,0 +1 @@\n+int new;\n"
    (found,) = changed(text, {"f.c": "int new;\n", "a.c": ""}).values()
    assert ("", (1,), True) == (found.what, found.added, found.is_applied)


RENAME = "diff --git a/b.c b/c.c\nsimilarity index 90%\nrename from b.c\nrename to c.c\n"


@pytest.mark.parametrize("is_applied", [True, False])
def test_a_rename_is_looked_up_where_it_is(is_applied: bool) -> None:
    """Its changed lines are those of the new name; without any it is told as a rename."""
    edited = RENAME + "--- a/b.c\n+++ b/c.c\n" + BODY
    files = {"c.c": "int new;\n"} if is_applied else {"b.c": "int old;\n"}
    found = changed(edited, files)
    assert {"c.c": (1,)} == {path: change.added for path, change in found.items()}
    assert ("int new;\n", is_applied) == (found["c.c"].text, found["c.c"].is_applied)
    plain = changed(RENAME, files)
    assert {"c.c": "renamed from b.c, no line changed"} == {p: c.what for p, c in plain.items()}


def test_some_hunks_of_a_patch_are_a_patch() -> None:
    """Where hunks were left out, the others' old line numbers are not those of any file."""
    old = [f"l{n}" for n in range(30)]
    new = [*old[:3], "a", "b", *old[3:20], "c", *old[21:]]
    head, first, second = "--- a/a.c\n+++ b/a.c\n", "", ""
    body = list(difflib.unified_diff(old, new, lineterm="", n=2))[2:]
    at = next(n for n, line in enumerate(body) if n and line.startswith("@@"))
    first, second = "\n".join(body[:at]) + "\n", "\n".join(body[at:]) + "\n"
    files = {"a.c": "\n".join(new) + "\n"}
    for text, added in ((first, (4, 5)), (second, (23,)), (first + second, (4, 5, 23))):
        (change,) = changes_of(head + text, files.get, "patch")
        assert (added, True) == (change.added, change.is_applied)


def test_a_copy_leaves_what_it_is_of() -> None:
    """The lines of the copy alone are changed."""
    text = "diff --git a/b.c b/c.c\nsimilarity index 50%\ncopy from b.c\ncopy to c.c\n"
    text += "--- a/b.c\n+++ b/c.c\n" + BODY
    for files in ({"b.c": "int old;\n", "c.c": "int new;\n"}, {"b.c": "int old;\n"}):
        assert {"c.c": (1,)} == {p: c.added for p, c in changed(text, files).items()}


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("is_applied", [True, False])
def test_the_commits_of_a_series_are_one_change(
    seed: int, newest_first: bool, is_applied: bool
) -> None:
    """Of commits that edit, add, remove and rename the same files: lines of the end that were
    not at the beginning are added, those of the beginning that are not there are removed."""
    draw = random.Random(seed)
    fresh = iter(range(1, 10_000))
    states = [{f"f{n}.c": [f"l{next(fresh)}" for _ in range(draw.randint(1, 12))] for n in (1, 2)}]
    patches = []
    for commit in range(draw.randint(1, 5)):
        old = states[-1]
        new = {path: list(lines) for path, lines in old.items()}
        text = f"From {commit}\nSubject: [PATCH] one\n---\n"
        for path in list(new):
            lines = new[path]
            for _ in range(draw.randint(0, 3)):
                lines.insert(draw.randint(0, len(lines)), f"l{next(fresh)}")
            for _ in range(draw.randint(0, 2)):
                if len(lines) > 1:
                    del lines[draw.randrange(len(lines))]
            head = f"diff --git a/{path} b/{path}\n"
            name = path
            if draw.random() < 0.2:
                name = f"n{next(fresh)}.c"
                new[name] = new.pop(path)
                head = f"diff --git a/{path} b/{name}\nsimilarity index 50%\n"
                head += f"rename from {path}\nrename to {name}\n"
            body = "".join(
                difflib.unified_diff(
                    [f"{line}\n" for line in old[path]], [f"{line}\n" for line in lines],
                    f"a/{path}", f"b/{name}", n=draw.choice([0, 3]),
                )
            )  # fmt: skip
            text += head + body if body or name != path else ""
        patches.append(text + "-- \n2.39.2\n\n")
        states.append(new)
    first = {line for lines in states[0].values() for line in lines}
    last = {line for lines in states[-1].values() for line in lines}
    here = states[-1 if is_applied else 0]
    files = {path: "".join(f"{line}\n" for line in lines) for path, lines in here.items()}
    text = "".join(patches[::-1] if newest_first else patches)
    if "diff --git" not in text:
        return
    found = changed(text, files)
    added, removed = set(), set()
    for change in found.values():
        lines = change.text.split("\n")
        assert change.text.split("\n")[:-1] == states[-1][change.path]
        added |= {lines[n - 1] for n in change.added}
        removed |= set(change.removed_texts)
        assert not set(change.removed_texts) & set(lines)
    assert (last - first, first - last) == (added, removed)


@pytest.mark.parametrize("name", ["a b.c", "n b/a b.c", "a  b/ c", 'q"u o.c', "ä b.c", "x/-- a"])
@pytest.mark.parametrize("what", ["new", "gone", "mode", "renamed", "binary"])
def test_names_may_have_spaces(name: str, what: str, tmp_path: Path) -> None:
    """What git says of a file is read whatever its name is; the oracle is git."""

    def git(*words: str) -> str:
        own = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        done = subprocess.run(["git", *own, *words], cwd=tmp_path, check=True, capture_output=True)
        return done.stdout.decode()

    git("init", "-q")
    path, other = tmp_path / name, tmp_path / "z b/z"
    for one in (path, other):
        one.parent.mkdir(parents=True, exist_ok=True)
    if what != "new":
        path.write_bytes(b"\0" if what == "binary" else b"int a;\nint b;\n")
    git("add", "-A")
    git("commit", "-qm", "before", "--allow-empty")
    if what == "new":
        path.write_text("int a;\n")
    elif what == "gone":
        path.unlink()
    elif what == "mode":
        path.chmod(0o755)
    elif what == "renamed":
        path.rename(other)
    else:
        path.write_bytes(b"\0\1")
    git("add", "-A")
    text = git("diff", "-M", "--cached")
    expected = git("diff", "-M", "--cached", "--name-only", "-z").strip("\0").split("\0")
    found = file_patches(text, lambda one: (tmp_path / one).is_file(), "patch")
    assert expected == [one.new or one.old for one in found]
    assert [one.old for one in found] == ["" if what == "new" else name]
    told = {"mode": "its mode alone", "binary": "binary"}
    told["renamed"] = f"renamed from {name}, no line changed"
    assert [one.what for one in found] == [told.get(what, "")]


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
def test_mails_are_decoded(encoding: str) -> None:
    """A series of mails in any of the encodings is the patches that were sent."""
    mails = []
    for name in ("x.c", "y.c"):
        body = f"Why.\n---\n--- a/{name}\n+++ b/{name}\n@@ -1,2 +1,2 @@\n"
        sent = (body + '-char *a = "=3D";\n+char *a = "grün";\n int b; \n-- \n2.39\n').encode()
        if encoding == "quoted-printable":
            sent = quopri.encodestring(sent)
        elif encoding == "base64":
            sent = base64.encodebytes(sent)
        head = ["From 1234567 Mon Sep 17 00:00:00 2001", "Subject: s", "MIME-Version: 1.0"]
        head += ["Content-Type: text/plain; charset=UTF-8"]
        head += [f"Content-Transfer-Encoding: {encoding}", "", ""]
        mails.append("\n".join(head) + sent.decode())
    after = 'char *a = "grün";\nint b; \n'
    found = changed("\n".join(mails), {"x.c": after, "y.c": after})
    assert {"x.c": (1,), "y.c": (1,)} == {path: change.added for path, change in found.items()}
    assert [('char *a = "=3D";',)] * 2 == [change.removed_texts for change in found.values()]


BAD = [
    (f"--- \n+++ \n{BODY}", "has a file without a name"),
    (f"diff --git  \n--- \n+++ \n{BODY}", "has a file without a name"),
    (f"--- /dev/null\n+++ /dev/null\n{BODY}", "has a file without a name"),
    ("", "has no changed file in it"),
    ("commit 1\nMerge: 1a 2b\n\n    Merge\n", "has no changed file in it"),
    (" a.c | 2 +-\n 1 file changed\n", "has no changed file in it"),
    ("1c1\n< a\n---\n> b\n", "has no changed file in it"),
    ("diff --cc a.c\n--- a/a.c\n+++ b/a.c\n@@@ -1,1 -1,1 +1,1 @@@\n- a\n -b\n++c\n", "of a merge"),
    (f"--- a/a.c\n+++ b/a.c\n{BODY}+int more;\n", "has in line 6 more than its hunk's counts say"),
    ("--- a/a.c\n+++ b/a.c\n@@ -1,3 +1,3 @@\n-a\n+b\n", "is no patch"),
    (f"--- ../../a.c\n+++ ../../a.c\n{BODY}", "outside of the tree"),
    (f"--- /etc/a.c\n+++ /etc/a.c\n{BODY}", "outside of the tree"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_what_cannot_be_read_is_refused(text: str, message: str) -> None:
    """Never is a part of a patch left out without a word."""
    with pytest.raises(InputError, match=message):
        file_patches(text, lambda _: False, "patch")


def test_the_hint_of_a_merge_says_how_to_show_it() -> None:
    """What `git show` prints of a merge is no patch; another option of git makes one."""
    for text in ("Merge: 1a 2b\n", "diff --cc a.c\n@@@ -1 -1 +1 @@@\n"):
        with pytest.raises(InputError) as caught:
            file_patches(text, lambda _: True, "patch")
        assert "git show -m --first-parent" in caught.value.diagnostics[0].hint
