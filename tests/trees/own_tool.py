# SPDX-License-Identifier: MIT
"""The tool that a tree ships: its C source built and asked, or its fork of kconfiglib run.

It shares no code with kvariant. A C tool is built from an unchanged copy of its folder,
whatever its age:

    before 4.17   conf.c and zconf.tab.c, shipped or made by bison, which has the other files
    since         conf.c and the other files, parser.y and lexer.l made by bison and flex
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PARTS = ("confdata", "expr", "menu", "preprocess", "symbol", "util")
_LISTING = Path(__file__).with_name("own_tool.c")


class ToolError(Exception):
    """A tool cannot be built, or does not take a tree; the text is its complaint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Where and how a tool reads a tree."""

    entry: str
    """The entry file, below the root."""
    root: Path
    environment: Mapping[str, str]
    prefix: str


@dataclass(frozen=True, slots=True)
class CTool:
    """A built C tool."""

    conf: Path
    listing: Path

    def symbols(self, reading: Reading) -> dict[str, str]:
        """Return the type of every symbol that the tool reads."""
        said = _run([str(self.listing), reading.entry], reading)
        types = {"boolean": "bool", "integer": "int"}
        words = (line.split() for line in said.splitlines())
        return {name: types.get(kind, kind) for name, kind in words}

    def configured(self, reading: Reading, config: str) -> str:
        """Return the `.config` that the tool writes for a configuration."""
        with tempfile.TemporaryDirectory() as folder:
            asked, written = Path(folder, "asked"), Path(folder, "written")
            asked.write_text(config, encoding="utf-8")
            options = {
                "KCONFIG_CONFIG": str(written), "KCONFIG_OVERWRITECONFIG": "1",
                "KCONFIG_AUTOCONFIG": f"{folder}/auto.conf",
                "KCONFIG_AUTOHEADER": f"{folder}/autoconf.h",
            }  # fmt: skip
            mode = _mode(self.conf, asked)
            _run([str(self.conf), *mode, reading.entry], reading, options)
            # Tools before 2.6.33 know no variable for it, and write where they stand.
            own = reading.root / ".config"
            if not written.exists() and own.exists():
                own.rename(written)
            return written.read_text(encoding="utf-8", errors="replace")


def _mode(conf: Path, asked: Path) -> list[str]:
    """Return the option by which a configuration is read; the oldest have no long ones."""
    return [f"--defconfig={asked}"] if b"getopt_long" in conf.read_bytes() else ["-D", str(asked)]


def c_tool(folder: Path, prefix: str, cache: Path) -> CTool:
    """Return the tool of a folder, built now unless the cache has it.

    Raises:
        ToolError: it does not build.
    """
    digest = hashlib.sha256(prefix.encode() + _LISTING.read_bytes())
    for path in sorted(folder.glob("*.[chly]*")):
        digest.update(path.read_bytes())
    place = cache / f"conf-{digest.hexdigest()[:16]}"
    tool = CTool(place / "conf", place / "listing")
    if not tool.listing.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as temporary:
            copy = Path(temporary, "kconfig")
            shutil.copytree(folder, copy, symlinks=True)
            shutil.copy(_LISTING, copy / "own_tool.c")
            _build(copy, prefix, [folder.parent / "include"])
            place.mkdir(exist_ok=True)
            for name in ("conf", "listing"):
                (copy / name).replace(place / name)
    return tool


def _build(folder: Path, prefix: str, includes: Sequence[Path]) -> None:
    for shipped in folder.glob("*_shipped"):
        plain = shipped.with_name(shipped.name.removesuffix("_shipped"))
        if not plain.exists():
            shutil.copy(shipped, plain)
    grammar = "parser" if (folder / "parser.y").exists() else "zconf"
    _generate(folder, grammar)
    parser = folder / f"{grammar}.tab.c"
    text = parser.read_text(encoding="utf-8", errors="replace")
    lexer = next(
        (n for n in (f"{grammar}.lex.c", "lexer.lex.c", "lex.zconf.c") if (folder / n).exists()),
        None,
    )
    sources = [parser.name]
    sources += [f"{p}.c" for p in _PARTS if (folder / f"{p}.c").exists() and f'"{p}.c"' not in text]
    if lexer is not None and not re.search(r'#\s*include "(\w+\.lex|lex\.\w+)\.c"', text):
        sources.append(lexer)
    uses_one = re.search(r"#define for_all_symbols\(\w+\)", _headers(folder))
    # pylint: the options are those of the tools' makefiles, of all ages
    options = ["-O1", "-w", "-fcommon", "-I.", f'-DCONFIG_="{prefix}"', "-DKBUILD_NO_NLS=1",
               "-D_GNU_SOURCE", "-DYYENABLE_NLS=0", "-include", "locale.h",
               "-DLKC_DIRECT_LINK", '-DPROJECT_NAME="it"', *(f"-I{path}" for path in includes),
               *(["-DONE_ARGUMENT"] if uses_one else [])]  # fmt: skip
    if not re.search(r"#\s*ifndef CONFIG_", _headers(folder)):
        options = [option for option in options if not option.startswith("-DCONFIG_=")]
    for main, output in (("conf.c", "conf"), ("own_tool.c", "listing")):
        _compile(["gcc", *options, main, *sources, "-o", output], folder)


def _headers(folder: Path) -> str:
    return "\n".join(p.read_text(encoding="utf-8", errors="replace") for p in folder.glob("*.h"))


def _generate(folder: Path, grammar: str) -> None:
    lexer = "zconf" if grammar == "zconf" else "lexer"
    has_lexer = any((folder / name).exists() for name in (f"{lexer}.lex.c", "lex.zconf.c"))
    if (folder / f"{lexer}.l").exists() and not has_lexer:
        _compile(["flex", "-o", f"{lexer}.lex.c", "-L", f"{lexer}.l"], folder)
    if (folder / f"{grammar}.y").exists() and not (folder / f"{grammar}.tab.c").exists():
        _compile(["bison", "-o", f"{grammar}.tab.c", f"--defines={grammar}.tab.h", "-t", "-l",
                  f"{grammar}.y"], folder)  # fmt: skip


def _compile(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ToolError(f"{' '.join(command[:1])}: {(done.stderr or done.stdout)[:600]}")


def _run(command: Sequence[str], reading: Reading, more: Mapping[str, str] | None = None) -> str:
    environment = {**os.environ, "srctree": str(reading.root), **reading.environment,
                   "CONFIG_": reading.prefix, **(more or {})}  # fmt: skip
    done = subprocess.run(
        command, cwd=reading.root, env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, check=False, timeout=600,
    )  # fmt: skip
    if done.returncode:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
        raise ToolError(f"{command[0]}: {said[-1] if said else done.returncode}")
    return done.stdout.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class PythonTool:
    """A tree's fork of kconfiglib, or one from PyPI, run in a Python of its own."""

    library: Path
    """The folder that has the module, put before all others."""
    module: str = "kconfiglib"
    python: str = sys.executable

    def symbols(self, reading: Reading) -> dict[str, str]:
        """Return the type of every symbol that the tool reads."""
        said = _run([*self._command, "symbols", reading.entry, reading.prefix], reading, self._path)
        return dict(line.split() for line in said.splitlines())

    def configured(self, reading: Reading, config: str) -> str:
        """Return the `.config` that the tool writes for a configuration."""
        with tempfile.TemporaryDirectory() as folder:
            asked, written = Path(folder, "asked"), Path(folder, "written")
            asked.write_text(config, encoding="utf-8")
            command = [
                *self._command,
                "config",
                reading.entry,
                reading.prefix,
                str(asked),
                str(written),
            ]
            _run(command, reading, self._path)
            return written.read_text(encoding="utf-8")

    @property
    def _command(self) -> list[str]:
        return [self.python, "-c", _SCRIPT.replace("kconfiglib", self.module)]

    @property
    def _path(self) -> dict[str, str]:
        return {"PYTHONPATH": f"{self.library}:{os.environ.get('PYTHONPATH', '')}"}


_SCRIPT = """
import sys
import kconfiglib as library
how, entry = sys.argv[1:3]
tree = library.Kconfig(entry)
if how == "symbols":
    for symbol in tree.unique_defined_syms:
        print(symbol.name, library.TYPE_TO_STR[symbol.orig_type])
else:
    tree.load_config(sys.argv[4])
    tree.write_config(sys.argv[5])
"""


def values(config: str, prefix: str) -> dict[str, str]:
    """Return what a `.config` says, by name; what it leaves out is n or nothing.

    Of lines about one symbol the last counts, and stands where that one stands.
    """
    found: dict[str, str] = {}
    for line in config.splitlines():
        name, is_set, text = line.partition("=")
        unset = re.fullmatch(rf"# {re.escape(prefix)}(\S+) is not set", line)
        if unset:
            found.pop(unset[1], None)
            found[unset[1]] = "n"
        elif is_set and name.startswith(prefix) and re.fullmatch(r"\S+", name):
            found.pop(name.removeprefix(prefix), None)
            found[name.removeprefix(prefix)] = _unquoted(text.strip())
    return found


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text
    # U-Boot's tool does not escape a backslash: no other character is looked at behind one.
    return re.sub(r'\\(["\\])', r"\1", text[1 : text.rfind('"')])
