# SPDX-License-Identifier: MIT
"""The C tool of a tree, built from a copy of its source.

    until Linux 4.16   conf.c and zconf.tab.c, shipped or made by bison, with the rest in it
    until 4.20         the same, and zconf.y includes the other files
    since              conf.c and the other files, parser.y and lexer.l

The tree is read only: source and results are in a folder of the user's cache, named by the
digest of the source, so that each source is built once.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kvariant.errors import Diagnostic, MissingError, displayed
from kvariant.kconfig import kept
from kvariant.regular_file import read_text

_MODULES = ("confdata", "expr", "menu", "preprocess", "symbol", "util")
"""The parts of a tool beside conf.c, lexer and parser; which there are depends on its age."""
_SOURCE = re.compile(r".*\.[chly]|.*_shipped|.*\.gperf")
_INCLUDED = re.compile(r'#\s*include\s*"((?:\w+\.lex|lex\.\w+)\.c)"')
_VERSION = 1
"""Of the recipe; another one builds anew."""


def is_old(folder: Path) -> bool:
    """Return whether a tool is from before Linux 5.0, when it got its present grammar."""
    return not (folder / "parser.y").exists()


def built(folder: Path, prefix: str) -> Path:
    """Return the `conf` of a source folder, built unless the cache has it.

    Where there is no cache that only the user can write to, it is gone with this process.

    Args:
        prefix: what it is to write before symbols' names, where the source leaves that open.

    Raises:
        MissingError: flex, bison or a compiler is not installed, or the source does not build
            [no-witness].
    """
    home = _home()
    if home is None:
        temporary = tempfile.mkdtemp(prefix="kvariant-conf-")
        atexit.register(shutil.rmtree, temporary, ignore_errors=True)
        return _made(folder, prefix, Path(temporary))
    conf = home / f"{_digest(folder, prefix)}.conf"
    note = conf.with_suffix(".sha256")
    if not _is_whole(conf, note):
        with tempfile.TemporaryDirectory(prefix=".building-", dir=home) as place:
            made = _made(folder, prefix, Path(place))
            digest = hashlib.sha256(made.read_bytes()).hexdigest()
            made.replace(conf)
            note.write_text(digest, encoding="utf-8")
    return conf


def _is_whole(conf: Path, note: Path) -> bool:
    """Return whether a tool is in the cache as it was built: the power may have failed since."""
    try:
        return hashlib.sha256(conf.read_bytes()).hexdigest() == read_text(note)
    except (OSError, ValueError):
        return False


def _home() -> Path | None:
    """Return the cache's folder of tools; None where others could write to it."""
    home = kept.folder() / "tools"
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        statuses = [path.stat() for path in (home, home.parent)]
    except OSError:
        return None
    is_own = all(s.st_uid == os.getuid() and not s.st_mode & 0o022 for s in statuses)
    return home if is_own and os.access(home, os.W_OK) else None


def _digest(folder: Path, prefix: str) -> str:
    found = hashlib.sha256(f"{_VERSION} {prefix} {shutil.which(_compiler())}".encode())
    for path in _files(folder):
        found.update(f"\0{path.name}\0".encode(errors="surrogateescape"))
        found.update(path.read_bytes())
    return found.hexdigest()[:32]


def _files(folder: Path) -> list[Path]:
    """Return the files that a tool is made of: its folder's, and headers beside it."""
    own = [p for p in folder.iterdir() if p.is_file() and _SOURCE.fullmatch(p.name)]
    return [*sorted(own), *sorted((folder.parent / "include").glob("*.h"))]


def _made(folder: Path, prefix: str, place: Path) -> Path:
    """Build in a folder of our own; return the program."""
    copy, beside = place / "kconfig", place / "include"
    copy.mkdir()
    beside.mkdir()
    for path in _files(folder):
        shutil.copyfile(path, (copy if path.parent == folder else beside) / path.name)
    for shipped in copy.glob("*_shipped"):
        plain = shipped.with_name(shipped.name.removesuffix("_shipped"))
        if not plain.exists():
            shipped.rename(plain)
    build = _Build(folder, copy)
    build.generate()
    build.compile(prefix)
    return copy / "conf"


class _Build:
    """The steps of a build in a copy."""

    def __init__(self, folder: Path, copy: Path) -> None:
        self._folder, self._copy = folder, copy
        self._grammar = "zconf" if is_old(folder) else "parser"

    def generate(self) -> None:
        """Make lexer and parser, unless they are shipped."""
        lexer = "zconf" if self._grammar == "zconf" else "lexer"
        flexed = self._lexer() is None
        bisoned = not self._has(f"{self._grammar}.tab.c")
        self._require(["flex"] * flexed + ["bison"] * bisoned + [_compiler()])
        if flexed:
            self._run(["flex", "-o", f"{lexer}.lex.c", "-L", f"{lexer}.l"])
        if bisoned:
            parser = f"{self._grammar}.tab"
            output = ["-o", f"{parser}.c", f"--defines={parser}.h", "-t", "-l"]
            self._run(["bison", *output, f"{self._grammar}.y"])

    def compile(self, prefix: str) -> None:
        """Make the program."""
        parser = f"{self._grammar}.tab.c"
        text = self._text(parser)
        names = [f"{name}.c" for name in _MODULES]
        sources = [parser, *(n for n in names if self._has(n) and f'"{n}"' not in text)]
        lexer = self._lexer()
        if lexer is not None and not _INCLUDED.search(text):
            sources.append(lexer)
        headers = "\n".join(self._text(path.name) for path in self._copy.glob("*.h"))
        is_open = re.search(r"#\s*ifndef CONFIG_", headers)
        options = [
            "-O1", "-w", "-fcommon", "-D_GNU_SOURCE", "-DKBUILD_NO_NLS=1", "-DYYENABLE_NLS=0",
            "-DLKC_DIRECT_LINK", '-DPROJECT_NAME="kconfig"', "-include", "locale.h", "-I.",
            "-I../include", *([f'-DCONFIG_="{prefix}"'] if is_open else []),
        ]  # fmt: skip
        self._run([_compiler(), *options, "conf.c", *sources, "-o", "conf"])

    def _lexer(self) -> str | None:
        names = ("lexer.lex.c", "zconf.lex.c", "lex.zconf.c")
        return next((name for name in names if self._has(name)), None)

    def _has(self, name: str) -> bool:
        return (self._copy / name).exists()

    def _text(self, name: str) -> str:
        return read_text(self._copy / name, "replace")

    def _require(self, names: Sequence[str]) -> None:
        if lost := [name for name in names if shutil.which(name) is None]:
            raise _missing(
                f"to build {displayed(self._folder)}/conf, {' and '.join(lost)} must be installed",
                f"Debian: apt install {' '.join(lost)}; or name one with --verify=CONF",
            )

    def _run(self, command: Sequence[str]) -> None:
        done = subprocess.run(
            command,
            cwd=self._copy,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise _missing(
                f"the tree's own tool does not build: {Path(command[0]).name}: "
                f"{_complaint(done.stderr or done.stdout)}",
                "build it as the tree does, for example with make defconfig: what is there is"
                f" taken, or name it: --verify={displayed(self._folder)}/conf",
            )


def _compiler() -> str:
    """Return the compiler of this machine's own programs, as trees' builds name it."""
    named = os.environ.get("HOSTCC", "")
    return named if named and shutil.which(named) else "gcc"


def _complaint(said: bytes) -> str:
    """Return the line of a tool's output that says most: an error, else the last."""
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    errors = (line for line in lines if re.search(r"\berror\b|undefined reference", line))
    return next(errors, lines[-1] if lines else "no output")


def _missing(message: str, hint: str) -> MissingError:
    return MissingError(Diagnostic(message=message, code="no-witness", hint=hint))
