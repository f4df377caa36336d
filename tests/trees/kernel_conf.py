# SPDX-License-Identifier: MIT
"""The `conf` of any tree that carries its source, built into the test cache.

`built(folder)` compiles a folder such as `scripts/kconfig` of a kernel or of U-Boot twice:
as the plain tool, and as a service that reads a tree once and then answers at a cost
of about a millisecond (conf_service.c). flex, bison and m4 are the machine's where it has
them, and otherwise Debian's, unpacked into the cache and run from there. Nothing is
installed and nothing is written to the source.

What sources have in common, and where they differ::

    until 4.20       zconf.l, and zconf.y that includes every other file
    from 5.0         lexer.l, parser.y, and each file compiled by itself
    from 6.12        headers in scripts/include too
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import debian

SERVICE = Path(__file__).with_name("conf_service.c")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conf:
    """The tool of one source."""

    name: str
    """Which source, such as "linux-source-6.1_6.1.176-1_all"; for messages."""
    source: Path
    """The folder of its sources."""
    program: Path
    """The tool as its own Makefile would make it."""
    service: Path
    """The same tool behind `conf_service.c`."""


def built(kconfig: Path, name: str) -> Conf:
    """Return the tool whose source is in `kconfig`, built now unless the cache has it.

    Raises:
        debian.Unavailable: a tool is missing or the build fails; the text says which.
    """
    made = hashlib.sha256(SERVICE.read_bytes()).hexdigest()[:12]
    folder = debian.cache_folder() / "built" / f"conf-{name}-{made}"
    conf = Conf(name=name, source=kconfig, program=folder / "conf", service=folder / "conf-service")
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder.parent))
        try:
            _build(kconfig, temporary)
            if not folder.exists():  # else another process was quicker
                temporary.rename(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return conf


@functools.cache
def linux(release: str) -> Conf:
    """Return the tool of a kernel release such as "6.1".

    Raises:
        debian.Unavailable: it cannot be had here.
    """
    source = debian.linux_source(release)
    return built(source / "scripts" / "kconfig", source.parent.name)


@functools.cache
def u_boot() -> Conf:
    """Return the tool of Debian's U-Boot.

    Raises:
        debian.Unavailable: it cannot be had here.
    """
    source = debian.source_package("u-boot")
    return built(source / "scripts" / "kconfig", source.parent.name)


_MODULES = ("confdata", "expr", "menu", "preprocess", "symbol", "util")


def _build(kconfig: Path, folder: Path) -> None:
    """Leave `conf` and `conf-service` in `folder`."""
    compiler = shutil.which("gcc")
    if compiler is None:
        raise debian.Unavailable("gcc is not installed")
    sources = _generate(kconfig, folder)
    include = [f"-I{kconfig}", f"-I{kconfig.parent / 'include'}", "-I."]
    compile_ = [compiler, "-O2", "-w", "-D_GNU_SOURCE", *include]
    main = str(kconfig / "conf.c")
    run([*compile_, "-c", *sources], folder, {})
    objects = [f"{Path(source).stem}.o" for source in sources]
    run([*compile_, "-o", "conf", main, *objects], folder, {})
    renamed = ["-Dmain=conf_main", "-Dconf_parse=conf_parse_again"]
    run([*compile_, *renamed, "-c", "-o", "served-conf.o", main], folder, {})
    run([*compile_, "-o", "conf-service", str(SERVICE), "served-conf.o", *objects], folder, {})


def _generate(kconfig: Path, folder: Path) -> list[str]:
    """Make lexer and parser; return the sources beside conf.c."""
    flex, bison, environment = _generators()
    old = (kconfig / "zconf.y").exists()
    scanner, grammar = ("zconf.l", "zconf.y") if old else ("lexer.l", "parser.y")
    scanned = "zconf.lex.c" if old else "lexer.lex.c"
    parsed = "zconf.tab.c" if old else "parser.tab.c"
    run([flex, "-o", scanned, "-L", str(kconfig / scanner)], folder, environment)
    headers = f"--defines={parsed.removesuffix('.c')}.h"
    run(
        [bison, "-o", parsed, headers, "-t", "-l", str(kconfig / grammar)],
        folder,
        environment,
    )
    if old:
        return [parsed]
    modules = [kconfig / f"{name}.c" for name in _MODULES]
    return [scanned, parsed, *(str(path) for path in modules if path.exists())]


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


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
    """Run a command of the build; its last line of complaint becomes the reason."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=300,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        name = Path(command[0]).name
        raise debian.Unavailable(f"{name} failed: {said[-1] if said else done.returncode}")
