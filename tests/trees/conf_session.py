# SPDX-License-Identifier: MIT
"""A tree as one `conf` reads it: what every `.config` becomes there.

A session is one process that has read the tree and forks for each request, so a
resolution of a small tree costs about a millisecond, and one of Linux the 0.1 s that its
values cost and no second reading. Files pass through a folder in memory where the machine
has one.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kernel_conf import Conf

MEMORY = Path("/dev/shm")
"""A folder in memory, on machines that have it."""

_TYPES = {"b": "bool", "t": "tristate", "i": "int", "h": "hex", "s": "string"}

_VALUE = re.compile(r"([bthis]) ([012]) ([^=\n]*)=(.*)\n")


class Refused(Exception):  # noqa: N818  # a verdict on the tree, no fault of the caller's
    """conf does not take a tree, or dies on a request; the text is its complaint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What conf made of one request."""

    text: str
    """The `.config` it wrote."""
    values: Mapping[str, str]
    """The value of every symbol, written or not, as conf's own conditions see it."""
    types: Mapping[str, str]
    """bool, tristate, int, hex or string of every symbol, as declared."""
    visible: Mapping[str, str]
    """n, m or y of every symbol: whether a user value would count."""
    complaints: str = field(compare=False)
    """What it printed to stderr."""


class Session:
    """A tree that a conf has read. Make one with `reading`."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._folder = folder

    def olddefconfig(self, config: str) -> Outcome:
        """Return what `--olddefconfig` makes of a `.config`."""
        return self._run("--olddefconfig", config)

    def defconfig(self, path: Path) -> Outcome:
        """Return what `--defconfig=path` makes, as `make NAME_defconfig` runs it."""
        return self._run(f"--defconfig={path}", "")

    def randconfig(self, seed: int) -> Outcome:
        """Return what `--randconfig` makes with KCONFIG_SEED=seed."""
        return self._run("--randconfig", "", KCONFIG_SEED=str(seed))

    def alldefconfig(self) -> Outcome:
        """Return what `--alldefconfig` makes: every default."""
        return self._run("--alldefconfig", "")

    def allnoconfig(self) -> Outcome:
        """Return what `--allnoconfig` makes."""
        return self.made("allnoconfig")

    def made(self, mode: str) -> Outcome:
        """Return what a mode makes of nothing, such as `allyesconfig`."""
        return self._run(f"--{mode}", "")

    def savedefconfig(self, config: str) -> str:
        """Return the minimal config that `--savedefconfig` writes for a `.config`."""
        minimal = self._folder / "minimal"
        self._request(f"--savedefconfig={minimal}", config)
        return _read(minimal)

    def _run(self, mode: str, config: str, **environment: str) -> Outcome:
        values = self._folder / "values"
        complaints = self._request(mode, config, SERVICE_VALUES=str(values), **environment)
        rows = _VALUE.findall(_read(values))
        return Outcome(
            text=_read(self._folder / "config"),
            values={name: value for _, _, name, value in rows},
            types={name: _TYPES[letter] for letter, _, name, _ in rows},
            visible={name: "nmy"[int(visible)] for _, visible, name, _ in rows},
            complaints=complaints,
        )

    def _request(self, mode: str, config: str, **environment: str) -> str:
        """Run one request; return what conf complains of."""
        (self._folder / "config").write_text(config, encoding="utf-8", errors="surrogateescape")
        stderr = self._folder / "stderr"
        given = {
            "KCONFIG_CONFIG": str(self._folder / "config"),
            "KCONFIG_OVERWRITECONFIG": "1",  # else 4.20 renames across file systems
            "SERVICE_STDERR": str(stderr),
            **environment,
        }
        fields = ["run", *(f"{name}={value}" for name, value in given.items()), "--", mode]
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\t".join([*fields, "Kconfig"]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if answer != "done 0\n":
            raise Refused(f"conf {mode}: {answer.strip() or 'died'}: {_read(stderr).strip()}")
        return _read(stderr)


@contextlib.contextmanager
def reading(conf: Conf, entry: Path, environment: Mapping[str, str]) -> Iterator[Session]:
    """Have a conf read the tree whose entry file is `entry`, its folder being `srctree`.

    Raises:
        Refused: conf does not take the tree.
    """
    memory = str(MEMORY) if os.access(MEMORY, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="conf-", dir=memory))
    # conf would write an autoconf.h for every symbol unless it finds one there.
    (folder / "auto.conf").touch()
    given = {"srctree": str(entry.parent), "KCONFIG_AUTOCONFIG": str(folder / "auto.conf")}
    with (folder / "stderr").open("wb") as stderr:
        process = subprocess.Popen(
            [str(conf.service), str(entry)],
            cwd=entry.parent,  # as make does; source and probes may be relative
            env={**os.environ, **given, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            encoding="utf-8",
            errors="surrogateescape",
        )
    try:
        assert process.stdout is not None
        if "ready\n" not in process.stdout:  # after what conf itself says on stdout
            raise Refused(_read(folder / "stderr").strip() or "conf died without a word")
        yield Session(process, folder)
    finally:
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        process.wait()
        shutil.rmtree(folder)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
