# SPDX-License-Identifier: MIT
"""A patch as it is written: its files, in order, and their hunks.

git show, git log -p, git format-patch, diff -u       files in order; text around is passed over
colours, quoted names ("b/\\303\\244.c")              taken off
mails in quoted-printable or base64                   decoded
a prefix other than a/ and b/                         taken off where the tree has no such file
--cc, --combined (of a merge)                         refused: no line numbers of one parent
a line that goes on after its hunk is full            refused: it would be dropped
"""

from __future__ import annotations

import contextlib
import email
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchedFile, PatchSet

from kvariant.errors import Diagnostic, InputError, Location

_NO_FILE = "/dev/null"
_KINDS = ("+", "-", " ")
_NO_NEWLINE = "\\"
"""What the line about a file's last line begins with."""
_COLOUR = re.compile(r"\x1b\[[0-9;:]*[A-Za-z]")
_HEAD = re.compile(r"(?:diff --git|---|\+\+\+|(?:rename|copy) (?:from|to)) .*")
"""Lines that name files."""
_ENCODED = re.compile(
    r"^Content-Transfer-Encoding:\s*(?:quoted-printable|base64)\s*$", re.MULTILINE | re.IGNORECASE
)
_MAIL = re.compile(r"^(?=From \S+ .*\d{4}$)", re.MULTILINE)
"""Where a mail begins in several [mbox]."""
_HELD = {" ": "\uf8ff", "\t": "\uf8fe", "\n": "\uf8fd"}
"""Stand for what may be in a name: what reads patches takes it to end there."""
_FREED = str.maketrans({held: plain for plain, held in _HELD.items()})
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_COMBINED = re.compile(r"^diff --(?:cc|combined) (.*)$", re.MULTILINE)
_MERGE = re.compile(r"^Merge: [0-9a-f]+ [0-9a-f]+", re.MULTILINE)
_MARK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_DEEPEST = 3
"""Folders that may stand before a path: linux.orig/, or those above the tree's root."""
_LINK = re.compile(
    r"^(?:new (?:file )?mode|deleted file mode|index [0-9a-f]+\.\.[0-9a-f]+) 120000$", re.MULTILINE
)
"""A symbolic link, of which the lines are the path that it leads to."""
_SYMBOLIC = "a symbolic link"
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchHunk:
    """Lines that are replaced."""

    old_start: int
    old_length: int
    new_start: int
    new_length: int
    lines: tuple[tuple[str, str], ...]
    """`+`, `-` or a space, and the line without its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePatch:
    """What a patch does to one file."""

    old: str
    """The path before; "": it is new."""
    new: str
    """The path after; "": it goes."""
    hunks: tuple[PatchHunk, ...]
    is_copy: bool = False
    what: str = ""
    """Of what has no lines: what is changed, in words."""
    is_opaque: bool = False
    """Whether it is one of which no lines are known: binary, a mode, another repository."""


def file_patches(text: str, is_file: Callable[[str], bool], source: str) -> tuple[FilePatch, ...]:
    """Return the files of a patch, in its order; one that several commits change several times.

    Args:
        is_file: whether the tree has a file, by its path.
        source: how the patch is called in errors.

    Raises:
        InputError: it is no patch, or not one that can be read [diff].
    """
    plain = "\n".join(_plain_lines(_COLOUR.sub("", _decoded(text)), source))
    if combined := _COMBINED.search(plain):
        what = f"is the combined difference of a merge ({combined[1]}), which no single file had"
        raise patch_error(source, what, "git show -m --first-parent, or git diff COMMIT^1 COMMIT")
    try:
        patched = PatchSet(plain)
    except (UnidiffParseError, ValueError, IndexError) as error:
        hint = "git diff, git show and diff -u make one"
        raise patch_error(source, f"is no patch: {str(error).strip()}", hint) from None
    found = list(_last_kinds([_file_patch(file, is_file) for file in patched]))
    if not found:
        hint = "git show | kvariant matrix patch, or --diff FILE"
        if _MERGE.search(plain):
            hint = "of a merge: git show -m --first-parent"
        raise patch_error(source, "has no changed file in it", hint)
    below = tuple(_below_root(found, is_file, source))
    if not all(one.old or one.new for one in below):
        hint = "git diff, git show and diff -u name the files"
        raise patch_error(source, "has a file without a name", hint)
    return below


def patch_error(source: str, what: str, hint: str) -> InputError:
    """Return an error about a patch."""
    return InputError(
        Diagnostic(message=f"the patch {what}", code="diff", location=Location(source), hint=hint)
    )


def _decoded(text: str) -> str:
    """Return what mails say, where they are not written plainly."""
    if not _ENCODED.search(text):
        return text
    found = []
    for mail in _MAIL.split(text.replace("\r\n", "\n")):
        message = email.message_from_string(mail)
        for part in message.walk():
            if part.get_content_maintype() == "text":
                body = part.get_payload(decode=True)
                if isinstance(body, bytes):
                    charset = part.get_content_charset("utf-8")
                    with contextlib.suppress(LookupError):  # read as UTF-8
                        body = body.decode(charset, "replace")
                    found.append(body if isinstance(body, str) else body.decode("utf-8", "replace"))
    return "\n".join(found).replace("\r\n", "\n")


def _plain_lines(text: str, source: str) -> Iterator[str]:
    """Yield a patch's lines, names in the lines around hunks without quotes.

    Raises:
        InputError: lines follow a hunk that by its own count is full: they would be dropped.
    """
    old = new = 0
    is_behind = False
    for number, line in enumerate(text.split("\n"), 1):
        if found := _MARK.match(line):
            old, new = (int(n) if n is not None else 1 for n in found.groups())
            is_behind = True
        elif old > 0 or new > 0:
            old -= line[:1] not in ("+", _NO_NEWLINE)
            new -= line[:1] not in ("-", _NO_NEWLINE)
        elif is_behind and line[:1] != _NO_NEWLINE:
            is_behind = False
            is_mail = line.rstrip() in ("--", "---") or line.startswith("--- ")
            if line[:1] in ("+", "-") and not is_mail:
                what = f"has in line {number} more than its hunk's counts say: {line.strip()[:60]}"
                raise patch_error(source, what, "make it again: an edited hunk needs new counts")
        if old <= 0 and new <= 0 and _HEAD.fullmatch(line):
            line = _without_spaces(_QUOTED.sub(_unquoted, line))
        yield line


def _without_spaces(line: str) -> str:
    """Return a line that names files, with none of its names parted."""
    if line.startswith("diff --git "):
        first, second = _two_names(line.removeprefix("diff --git "))
        return f"diff --git {first.replace(' ', _HELD[' '])} {second.replace(' ', _HELD[' '])}"
    words = line.split(" ")
    count = 1 if words[0] in ("---", "+++") else 2
    name, tab, rest = " ".join(words[count:]).partition("\t")
    return f"{' '.join(words[:count])} {name.replace(' ', _HELD[' '])}{tab}{rest}"


def _two_names(text: str) -> tuple[str, str]:
    """Return the names of a file before and after, which spaces part, or may be in.

    They are mostly the same but for a prefix.
    """
    middle = len(text) // 2
    first, second = text[:middle], text[middle + 1 :]
    if text[middle : middle + 1] == " " and first.partition("/")[2] == second.partition("/")[2]:
        return first, second
    head, _, tail = text.partition(" b/")
    if tail and " b/" not in tail:
        return head, f"b/{tail}"
    head, _, tail = text.rpartition(" ")
    return head, tail


def _unquoted(found: re.Match[str]) -> str:
    """Return a name that git has quoted, plain [git config core.quotePath]."""

    def plain(escape: re.Match[bytes]) -> bytes:
        text = escape[1].decode()
        if text[0] in "01234567":
            return bytes([int(text, 8) & 0xFF])
        return _ESCAPES.get(text, text).encode()

    name = re.sub(rb"\\([0-7]{1,3}|.)", plain, found[1].encode(errors="replace"))
    return name.decode(errors="replace").replace("\t", _HELD["\t"]).replace("\n", _HELD["\n"])


def _file_patch(file: PatchedFile, is_file: Callable[[str], bool]) -> FilePatch:
    head = "".join(file.patch_info or ()).translate(_FREED)
    old, new = (str(name).translate(_FREED) for name in (file.source_file, file.target_file))
    if "diff --git " not in head and _NO_FILE not in (old, new):
        old, new = _one_name(old, new, is_file)
    is_copy = re.search(r"^copy from ", head, re.MULTILINE) is not None
    if is_copy or re.search(r"^rename from ", head, re.MULTILINE):
        named = dict(re.findall(r"^(?:copy|rename) (from|to) (.*)$", head, re.MULTILINE))
        old, new = f"a/{named.get('from', old)}", f"b/{named.get('to', new)}"
    hunks = tuple(
        PatchHunk(
            old_start=hunk.source_start,
            old_length=hunk.source_length,
            new_start=hunk.target_start,
            new_length=hunk.target_length,
            lines=tuple(
                (line.line_type, line.value.rstrip("\n").rstrip("\r"))
                for line in hunk
                if line.line_type in _KINDS  # else it stands behind the hunk
            ),
        )
        for hunk in file
    )
    changed = [line for hunk in hunks for kind, line in hunk.lines if kind in "+-"]
    if changed and all(line.startswith("Subproject commit ") for line in changed):
        return FilePatch(old=old, new=new, hunks=(), what="another repository", is_opaque=True)
    if _LINK.search(head):
        return FilePatch(old=old, new=new, hunks=(), what=_SYMBOLIC, is_opaque=True)
    what = _what(file, head, hunks)
    is_opaque = bool(what) and (file.is_binary_file or old[1:] == new[1:])
    return FilePatch(old=old, new=new, hunks=hunks, is_copy=is_copy, what=what, is_opaque=is_opaque)


def _one_name(old: str, new: str, is_file: Callable[[str], bool]) -> tuple[str, str]:
    """Return the names of a file, of a tool that knows no renames, below one root.

    diff -ru ../linux.orig .        ../linux.orig/a.c and ./a.c
    diff -ru /src/old /src/new      /src/old/a.c and /src/new/a.c
    diff -u a.c.orig a.c            a.c.orig and a.c
    """
    first, second = (tuple(p for p in name.split("/") if p != ".") for name in (old, new))
    pairs = zip(reversed(first), reversed(second), strict=False)
    count = len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], pairs)))
    is_elsewhere = any(name[0] in ("", "..") for name in (first, second) if name)
    if count and (is_elsewhere or len(first) != len(second)):
        tail = "/".join(second[len(second) - count :])
        if is_file(tail) or count == min(len(first), len(second)):
            return tail, tail
    here = "/".join(second)
    return (here, here) if not count and is_file(here) else ("/".join(first), here)


def _last_kinds(files: Sequence[FilePatch]) -> Iterator[FilePatch]:
    """Yield files; of one that becomes a link, or was one, only what it is now.

    Git writes such a change as a file that goes and another one that comes.
    """
    came = {(_path(one.new), one.what == _SYMBOLIC) for one in files}
    for one in files:
        is_other = one.new == _NO_FILE and (_path(one.old), one.what != _SYMBOLIC) in came
        if not is_other:
            yield one


def _path(name: str) -> str:
    return name if name == _NO_FILE else name.partition("/")[2]


def _what(file: PatchedFile, head: str, hunks: Sequence[PatchHunk]) -> str:
    """Say what is changed in a file that has no changed lines."""
    if file.is_binary_file:
        return "binary"
    if hunks or file.target_file == _NO_FILE:
        return ""
    for word, said in (("copy from ", "copied from"), ("rename from ", "renamed from")):
        if found := re.search(rf"^{word}(.*)$", head, re.MULTILINE):
            return f"{said} {found[1]}, no line changed"
    if re.search(r"^old mode ", head, re.MULTILINE):
        return "its mode alone"
    return "no line of it"


def _below_root(
    files: Sequence[FilePatch], is_file: Callable[[str], bool], source: str
) -> Iterator[FilePatch]:
    """Yield files with paths below the tree's root.

    Where the tree has none of the files as they are named, folders before the path are taken
    off, as `patch -p` does.
    """
    bare = [replace(one, old=_bare(one.old, "a"), new=_bare(one.new, "b")) for one in files]

    def known(depth: int) -> int:
        names = {_stripped(name, depth) for one in bare for name in (one.old, one.new)}
        return sum(bool(name) and _is_inside(name) and is_file(name) for name in names)

    depth = max(range(_DEEPEST + 1), key=lambda n: (known(n), -n))
    heads = Counter(
        (_head(one.old, depth), _head(one.new, depth))
        for one in bare
        if any(map(is_file, {_stripped(one.old, depth), _stripped(one.new, depth)} - {""}))
        if one.old and one.new
    )
    before = heads.most_common(1)[0][0] if heads else None
    for one in bare:
        own = (_head(one.old, depth), _head(one.new, depth))
        if before and any(name and name != head for name, head in zip(own, before, strict=True)):
            yield replace(one, hunks=(), what="outside of the tree", is_opaque=True)
            continue
        old, new = _stripped(one.old, depth), _stripped(one.new, depth)
        for name in (old, new):
            if name and not _is_inside(name):
                what = f"changes {name}, which is outside of the tree"
                raise patch_error(source, what, "paths are those below the tree's root")
        yield replace(one, old=old, new=new)


def _head(name: str, depth: int) -> str:
    """Return the folders that are taken off a path."""
    return "/".join(name.split("/")[:depth])


def _bare(name: str, prefix: str) -> str:
    """Return a path without what git puts before it; "" of no file."""
    if name == _NO_FILE:
        return ""
    head, _, rest = name.partition("/")
    # i/, w/, c/ and o/: diff.mnemonicPrefix
    return rest if rest and head in (prefix, "i", "w", "c", "o") else name


def _stripped(name: str, depth: int) -> str:
    parts = name.split("/")
    return "/".join(parts[min(depth, len(parts) - 1) :]) if name else ""


def _is_inside(name: str) -> bool:
    return not name.startswith("/") and ".." not in name.split("/")
