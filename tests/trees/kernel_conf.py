# SPDX-License-Identifier: MIT
"""The kernel's own `conf`, built from a fetched kernel source into the test cache.

flex, bison and m4 are the machine's where it has them, and otherwise Debian's, unpacked
into the cache and run from there. Nothing is installed and nothing is written to the
source.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import debian


class ConfError(Exception):
    """conf does not take a tree; the text is its complaint."""


_OBJECTS = ("conf", "confdata", "expr", "menu", "preprocess", "symbol", "util")


def built_conf(source: Path) -> Path:
    """Return the kernel's `conf`, built now unless the cache has it.

    Raises:
        debian.Unavailable: a tool is missing or the build fails; the text says which.
    """
    folder = debian.cache_folder() / "built" / f"conf-{source.parent.name}"
    conf = folder / "conf"
    if not conf.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            _build(source / "scripts" / "kconfig", Path(temporary)).replace(conf)
    return conf


def olddefconfig(
    conf: Path, entry: Path, environment: Mapping[str, str], fragment: str
) -> dict[str, str]:
    """Return the values that `conf --olddefconfig` writes for a fragment.

    Raises:
        ConfError: conf does not take the tree.
    """
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config"
        config.write_text(fragment, encoding="utf-8")
        named = {"KCONFIG_CONFIG": str(config), "srctree": str(entry.parent)}
        command = [str(conf), "--olddefconfig", str(entry)]
        try:
            _run(command, Path(folder), {**environment, **named})
        except debian.Unavailable as error:
            raise ConfError(str(error)) from error
        return _values(config.read_text(encoding="utf-8"))


def _values(text: str) -> dict[str, str]:
    values = {}
    for line in text.splitlines():
        if line.startswith("CONFIG_"):
            name, _, value = line.removeprefix("CONFIG_").partition("=")
            values[name] = _unquoted(value)
        elif line.startswith("# CONFIG_") and line.endswith(" is not set"):
            values[line.removeprefix("# CONFIG_").removesuffix(" is not set")] = "n"
    return values


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    return value[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def _build(kconfig: Path, folder: Path) -> Path:
    compiler = shutil.which("gcc")
    if compiler is None:
        raise debian.Unavailable("gcc is not installed")
    flex, bison, environment = _generators()
    _run([flex, "-o", "lexer.lex.c", "-L", str(kconfig / "lexer.l")], folder, environment)
    grammar = ["-o", "parser.tab.c", "--defines=parser.tab.h", "-t", "-l"]
    _run([bison, *grammar, str(kconfig / "parser.y")], folder, environment)
    sources = [str(kconfig / f"{name}.c") for name in _OBJECTS if (kconfig / f"{name}.c").exists()]
    generated = ["lexer.lex.c", "parser.tab.c"]
    include = kconfig.parent / "include"  # from 6.12
    options = ["-O2", "-w", f"-I{kconfig}", f"-I{include}", "-I.", "-o", "conf"]
    _run([compiler, *options, *sources, *generated], folder, {})
    return folder / "conf"


def _generators() -> tuple[str, str, dict[str, str]]:
    """Return flex, bison and the environment they need."""
    flex, bison = shutil.which("flex"), shutil.which("bison")
    if flex and bison:
        return flex, bison, {}
    packages = {
        name: debian.binary_package(name) for name in ("flex", "bison", "m4", "libsigsegv2")
    }
    libraries = sorted({str(p.parent) for p in packages["libsigsegv2"].rglob("libsigsegv.so*")})
    environment = {
        "M4": str(packages["m4"] / "usr/bin/m4"),
        "BISON_PKGDATADIR": str(packages["bison"] / "usr/share/bison"),
        "LD_LIBRARY_PATH": ":".join(libraries),
    }
    return (
        str(packages["flex"] / "usr/bin/flex"),
        str(packages["bison"] / "usr/bin/bison"),
        environment,
    )


def _run(command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        name = Path(command[0]).name
        raise debian.Unavailable(f"{name} failed: {said[-1] if said else done.returncode}")
