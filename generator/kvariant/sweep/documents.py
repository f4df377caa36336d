# SPDX-License-Identifier: MIT
"""Documents: files about a project, which no build reads unless something names them."""

from __future__ import annotations

import re
from pathlib import Path

from kvariant.presence.sources import HEADERS, SOURCES
from kvariant.review.changed_files import mentioned

_DOCUMENTS = (".md", ".rst", ".adoc", ".asciidoc")
_ABOUT = re.compile(
    r"(?:LICEN[SC]E|COPYING|README|AUTHORS|MAINTAINERS|CREDITS|CHANGELOG|CHANGES|NEWS|TODO"
    r"|CONTRIBUTING|SECURITY|CODEOWNERS)(?:\.txt)?|\.(?:gitignore|mailmap|editorconfig)",
    re.IGNORECASE,
)
_FOLDERS = ("doc", "docs", "Documentation", ".github", ".gitlab")
_CODE = (
    *SOURCES, *HEADERS, ".py", ".pl", ".sh", ".mk", ".cmake", ".awk", ".config", "Makefile",
    "Kconfig", "Kbuild", "CMakeLists.txt", "meson.build", "requirements.txt",
)  # fmt: skip
"""Endings of what is no document, wherever it lies."""
_PROGRAMS = (
    "*Makefile*", "*makefile*", "*.mk", "*Kbuild*", "*.build", "*CMakeLists.txt", "*.cmake",
    "*Kconfig*", "*.sh", "*.py", "*.pl", "*.awk", "*.toml", "*.cfg", "*.ini", "*.ninja",
)  # fmt: skip
"""Files that say what is read, for `git grep`."""
_SHELL = (".sh", ".bash")
"""Scripts that run where something names them; tests in Python are looked for by their names."""
_INCLUDING = ("*.c", "*.h", "*.S", "*.cc", "*.cpp", "*.hpp", "*.inc", "*.lds", "*.dts*")
PROJECT_FILE = "kvariant.toml"
"""Names what steps read, each for itself."""
_READ = re.compile(r"\s*#\s*(?:include|embed)|.*\.incbin")
_README = re.compile(r"\s*readme\s*=")
"""The line of a pyproject.toml that names what a package says of itself."""


def is_document(path: str) -> bool:
    """Return whether a file is about the project, by its name and place."""
    parts = path.split("/")
    name = parts[-1]
    if name.endswith(_CODE):
        return False
    if name.endswith(_DOCUMENTS) or _ABOUT.fullmatch(name):
        return True
    return any(part in _FOLDERS for part in parts[:-1])


def named_by(top: Path, path: str, command: str = "", seen: frozenset[str] = frozenset()) -> str:
    """Return in words what may read a document, as it names it; "": nothing does.

    Named is it by its name, by its ending in a pattern (`*.md`, `%.md`), or by its folder. A
    shell script that nothing names, so that nothing can run it, reads nothing.

    Args:
        command: what is run.
        seen: scripts that were asked about on the way.
    """
    name, ending, folder = Path(path).name, Path(path).suffix, Path(path).parent.name
    wanted = [name, *((f"*{ending}", f"%{ending}") if ending else ())]
    wanted += [f"{folder}/*", f'"{folder}"', f"'{folder}'"] if folder else []
    for file, line in mentioned(top, wanted, _PROGRAMS):
        if is_document(file) or Path(file).name == PROJECT_FILE or _README.match(line):
            continue
        if file == path or not any(one in without_comment(line) for one in wanted):
            continue
        if file not in seen and not _may_run(top, file, command, seen | {path}):
            continue
        return f"{path} differs, and {file} names it"
    for file, line in mentioned(top, [name], _INCLUDING):
        if _READ.match(line) or re.search(rf'"[^"]*{re.escape(name)}', line):
            return f"{path} differs, and {file} names it"
    return ""


def _may_run(top: Path, file: str, command: str, seen: frozenset[str]) -> bool:
    """Return whether something may run a file, if it is a shell script; others may be found."""
    if not file.endswith(_SHELL):
        return True
    name, folder = Path(file).name, Path(file).parent.name
    if name in command or (folder and re.search(rf"\b{re.escape(folder)}\b", command)):
        return True
    if folder and mentioned_whole(top, folder):
        return True
    return bool(named_by(top, file, command, seen))


def mentioned_whole(top: Path, folder: str) -> bool:
    """Return whether a program names a folder as a whole, as `run-parts tests/` does."""
    whole = re.compile(rf"(?<![\w.-]){re.escape(folder)}/(?=[\s'\"`);]|$)")
    found = mentioned(top, [f"{folder}/"], _PROGRAMS)
    return any(whole.search(without_comment(line)) for _, line in found)


def without_comment(line: str) -> str:
    """Return a line of a makefile or a script without its comment."""
    return re.sub(r"(?:^|(?<=\s))#.*", "", line)
