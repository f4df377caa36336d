# SPDX-License-Identifier: MIT
"""Running a tree's tool: an assignment in, the `.config` that it writes out.

A tool runs in a folder that only looks like the tree (`overlay`), with the variables that
the tree was read with, and everything that it writes goes into a folder of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kvariant.errors import Diagnostic, MissingError
from kvariant.kconfig.overlay import overlay

_SECONDS = 900
"""That a tool may take for one assignment."""
_OUTPUTS = (
    "KCONFIG_AUTOCONFIG", "KCONFIG_AUTOHEADER", "KCONFIG_RUSTCCFG", "KCONFIG_TRISTATE",
    "KCONFIG_DEPENDENCIES", "KCONFIG_SPLITCONFIG", "KCONFIG_AUTOADS",
)  # fmt: skip
"""What tools write beside a `.config`, each in a file or folder that a variable names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where and how a tree is read."""

    root: Path
    """The tree's root folder, absolute."""
    entry: str
    """The entry file, relative to the root, or absolute."""
    variables: Mapping[str, str]
    prefix: str
    generated: Mapping[str, str]
    """Files that the tree's build would write, by their paths below the root."""


def conf_written(conf: Path, name: str, setting: Setting, text: str) -> str:
    """Return the `.config` that a C tool writes for an assignment.

    Args:
        name: what the tool is called in errors.

    Raises:
        MissingError: it does not run, does not take the tree, or writes nothing
            [no-witness].
    """
    with overlay(setting.root, setting.generated) as top, _folder() as place:
        given, written = place / "given", place / "config"
        # Where tools are that know no KCONFIG_CONFIG: Linux before 2.6.18; Buildroot has its own.
        own = top / ".config"
        for path in (given, written, own):
            path.write_text(text, encoding="utf-8", errors="surrogateescape")
        options = [option.format(given) for option in _Mode.of(conf).options]
        environment = {**_environment(setting, top, place), "KCONFIG_CONFIG": str(written)}
        _run([str(conf), *options, setting.entry], name, top, environment)
        answers = (path.read_text("utf-8", "surrogateescape") for path in (written, own))
        answer = next((one for one in answers if one != text), None)
        if answer is None and text:
            raise missing(f"{name} writes nothing", "")
        return _home(answer or "", setting, top)


def fork_written(library: Path, name: str, setting: Setting, text: str) -> str:
    """Return the `.config` that a tree's own kconfiglib writes for an assignment.

    Args:
        library: the folder that has it.
        name: what it is called in errors.

    Raises:
        MissingError: it does not take the tree [no-witness].
    """
    with overlay(setting.root, setting.generated) as top, _folder() as place:
        given, written = place / "given", place / "config"
        given.write_text(text, encoding="utf-8", errors="surrogateescape")
        environment = _environment(setting, top, place)
        path = [str(library), *filter(None, [environment.get("PYTHONPATH", "")])]
        # No compiled modules are left in the tree.
        environment |= {"PYTHONPATH": os.pathsep.join(path), "PYTHONDONTWRITEBYTECODE": "1"}
        arguments = [setting.entry, str(given), str(written)]
        _run([sys.executable, "-c", _SCRIPT, *arguments], name, top, environment)
        return _home(written.read_text("utf-8", "surrogateescape"), setting, top)


_SCRIPT = """\
import sys
sys.setrecursionlimit(20_000)
import kconfiglib
entry, given, written = sys.argv[1:]
tree = kconfiglib.Kconfig(entry)
tree.load_config(given)
tree.write_config(written)
"""
"""Run by a Python of its own: a tree's fork is not the module that reads trees here."""


@dataclass(frozen=True, slots=True)
class _Mode:
    """How a tool of some age is told to read an assignment."""

    options: tuple[str, ...]
    """`{}` stands for the file of the assignment."""

    @classmethod
    def of(cls, conf: Path) -> _Mode:
        """Return the mode of a program, or of a script that stands for a new one."""
        content = conf.read_bytes()
        if b"olddefconfig" in content or content.startswith(b"#!"):
            return cls(("--olddefconfig",))  # Linux 3.7
        if b"getopt_long" in content:
            return cls(("--defconfig={}",))  # 2.6.36
        return cls(("-D", "{}"))


def _environment(setting: Setting, top: Path, place: Path) -> dict[str, str]:
    """Return the variables of a tool: those of the tree, and where it may write."""
    others = {n: text for n, text in os.environ.items() if not n.startswith("KCONFIG_")}
    variables = {**others, **setting.variables, "srctree": str(setting.root)}
    # What a variable names below the root may be generated, or be written to.
    inner = re.compile(rf"{re.escape(str(setting.root))}(?![\w.-])")
    return {
        **{name: inner.sub(lambda _: str(top), text) for name, text in variables.items()},
        "CONFIG_": setting.prefix,
        "KCONFIG_OVERWRITECONFIG": "1",
        **{name: str(place / name) for name in _OUTPUTS},
    }


def _home(text: str, setting: Setting, top: Path) -> str:
    """Return a text that names the tree's own folder, where it names the one like it."""
    return text.replace(str(top), str(setting.root))


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="kvariant-conf-") as temporary:
        yield Path(temporary)


def _run(command: Sequence[str], name: str, folder: Path, environment: Mapping[str, str]) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL,
            capture_output=True, check=False, timeout=_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise missing(f"{name} has not answered after {_SECONDS} s", "") from None
    except OSError as error:
        raise missing(f"{name} does not run: {error.strerror}", "") from None
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        why = said[-1] if said else f"exit code {done.returncode}"
        raise missing(f"{name} does not take the tree: {why}", "")


def missing(message: str, hint: str) -> MissingError:
    """Return the error that a tool cannot be asked."""
    return MissingError(Diagnostic(message=message, code="no-witness", hint=hint))
