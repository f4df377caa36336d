# SPDX-License-Identifier: MIT
"""`kvariant init`: write a small working project, or adopt the tree found here."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import click

from kvariant.cli.options import json_option
from kvariant.errors import Diagnostic, InputError, Location, os_error
from kvariant.kconfig.preset import PRESETS, detect
from kvariant.project import Project
from kvariant.scaffold import Language, adopting, new_project, without_prefix

_PYPROJECT, _OWN, _IGNORE = "pyproject.toml", "kvariant.toml", ".gitignore"
_STATE = ".kvariant/\n"
_CONFIGS = ("configs/*.config", "configs/*_defconfig", "arch/*/configs/*_defconfig")
_DEFAULT = "configs/default.config"


@click.command("init")
@click.option(
    "--language",
    type=click.Choice([language.value for language in Language]),
    help="What a new project generates  [default: asked on a terminal, else python]",
)
@json_option
def command(language: str | None, as_json: bool) -> None:
    """Write a small working project here, or the project file for the Kconfig tree found here.

    Nothing that is there is overwritten: a table is added at the end of an existing
    pyproject.toml, a line to .gitignore, and any other file in the way is an error.
    """
    root = Path.cwd()
    _require_no_project(root)
    entry = next((e for e in _entries() if (root / e).is_file()), None)
    new = _adopted(root, entry) if entry else dict(new_project(_language(language)))
    if entry and language:
        message = f"--language is for new projects; there is a tree here: {entry}"
        raise InputError(Diagnostic(message=message, code="usage"))
    if (root / _PYPROJECT).is_file():
        added = {_PYPROJECT: new.pop(_PYPROJECT)}
    elif entry:  # a kernel or firmware tree has no pyproject.toml
        new[_OWN], added = without_prefix(new.pop(_PYPROJECT)), {}
    else:
        added = {}
    if not _ignores_state(root):
        added[_IGNORE] = _STATE
    _write(root, new, added)
    found = {"written": sorted([*new, *(p for p in added if p not in new)])}
    following = "kvariant space" if entry else "kvariant sweep"
    if as_json:
        click.echo(json.dumps({"format": 1, **found, "next": following}, indent=1))
        return
    what = f"adopted the tree of {entry}" if entry else "a new project"
    click.echo(f"{what}: {', '.join(found['written'])}")
    click.echo(f"next: {following}")


def _entries() -> list[str]:
    return list(dict.fromkeys(preset.entry for preset in PRESETS.values()))


def _require_no_project(root: Path) -> None:
    """Refuse to make a second project of a folder."""
    for name in (_OWN, _PYPROJECT):
        if not (root / name).is_file():
            continue
        project = Project.find(root)
        if project.path and project.path.parent == root:
            raise InputError(
                Diagnostic(
                    message="this is a project already",
                    code="exists",
                    location=Location(str(project.path)),
                    hint="kvariant says what to do next",
                )
            )


def _language(given: str | None) -> Language:
    if given is None and sys.stdin.isatty() and sys.stderr.isatty():
        choices = click.Choice([language.value for language in Language])
        given = click.prompt(
            "No Kconfig tree here. What shall be generated?",
            type=choices,
            default=Language.PYTHON.value,
            err=True,
        )
    return Language(given or Language.PYTHON.value)


def _adopted(root: Path, entry: str) -> dict[str, str]:
    """Return the files that make a project of the tree here."""
    globs = [glob for glob in _CONFIGS if any(root.glob(glob))]
    new = {}
    if not globs:
        globs = [_CONFIGS[0]]
        new[_DEFAULT] = "# The tree's defaults.\n"
    new[_PYPROJECT] = adopting(PurePosixPath(entry), globs, detect(root).name)
    return new


def _ignores_state(root: Path) -> bool:
    try:
        lines = (root / _IGNORE).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return any(line.strip().strip("/") == _STATE.strip("/\n") for line in lines)


def _write(root: Path, new: Mapping[str, str], added: Mapping[str, str]) -> None:
    """Write new files and add to old ones; what fails takes back all that was written."""
    if taken := [path for path in new if os.path.lexists(root / path)]:
        raise InputError(
            *(
                Diagnostic(
                    message="is there already, nothing was written",
                    code="exists",
                    location=Location(path),
                    hint="move it away, or run this in an empty folder",
                )
                for path in taken
            )
        )
    made: list[Path] = []
    try:
        for path, text in new.items():
            _make(root / path, text, made)
        for path, text in added.items():
            _add(root / path, text, made)
    except BaseException as error:
        for made_path in reversed(made):
            with contextlib.suppress(OSError):
                made_path.rmdir() if made_path.is_dir() else made_path.unlink()
        if isinstance(error, OSError):
            raise os_error(error, "cannot write the project") from None
        raise


def _make(path: Path, text: str, made: list[Path]) -> None:
    """Write a file that is not there, and the folders above it, and take note of them."""
    for folder in reversed(path.parents):
        if not folder.exists():
            folder.mkdir()
            made.append(folder)
    with path.open("x", encoding="utf-8") as stream:
        made.append(path)
        stream.write(text)


def _add(path: Path, text: str, made: list[Path]) -> None:
    """Add text at the end of a file, whole or not at all."""
    if not path.exists():
        _make(path, text, made)
        return
    old = path.read_text(encoding="utf-8")
    between = "" if not old else "\n" if old.endswith("\n") else "\n\n"
    if path.name == _IGNORE:
        between = between[1:]
    part = path.with_name(f".{path.name}.kvariant-new")
    part.write_text(old + between + text, encoding="utf-8")
    made.append(part)
    part.replace(path)
    made.remove(part)
