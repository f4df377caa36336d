# SPDX-License-Identifier: MIT
"""`kvariant init`: write a small working project, or adopt the tree found here."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
import textwrap
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import click

from kvariant.cli.options import json_option
from kvariant.cli.printer import say, say_json
from kvariant.document import Document
from kvariant.errors import Diagnostic, InputError, Location, os_error
from kvariant.kconfig.presets import PRESETS, place_of
from kvariant.project import NAMED, Project
from kvariant.regular_file import read_text
from kvariant.scaffold import (
    CONFIGS,
    TEMPLATES,
    ScaffoldLanguage,
    adopting,
    gitlab_pipeline,
    new_project,
    without_prefix,
    workflow,
)
from kvariant.whole_file import replace_file

_PYPROJECT, _OWN, _IGNORE = "pyproject.toml", "kvariant.toml", ".gitignore"
_STATE = ".kvariant/\n"
_CONFIGS = ("configs/*.config", "configs/*_defconfig", "arch/*/configs/*_defconfig")
_DEFAULT = "configs/default.config"
_WORKFLOW, _PIPELINE = ".github/workflows/kvariant.yml", ".gitlab-ci.yml"


@click.command("init")
@click.option(
    "--language",
    type=click.Choice([language.value for language in ScaffoldLanguage]),
    help="What a new project generates  [default: asked on a terminal, else python]",
)
@click.option(
    "--ci",
    type=click.Choice(["github", "gitlab"]),
    help="Also a workflow that sweeps in jobs side by side; where there is a project: it alone",
)
@json_option
def command(language: str | None, ci: str | None, as_json: bool) -> None:
    """Write a small working project here, or the project file for the Kconfig tree found here.

    Nothing that is there is overwritten: a table is added at the end of an existing
    pyproject.toml, a line to .gitignore, and any other file in the way is an error.
    Where configs/ or templates/ hold something else, ours are variant-configs/ and
    variant-templates/.

    \b
    Examples:
      kvariant init --language c          a new project, its code in C
      kvariant init --ci github           also a workflow that sweeps it
    """
    root = Path.cwd()
    project = _project_here(root)
    if project and ci:
        _require_no_language(language, "a project")
        jobs = _workflow(ci, root, project.matrix, project.state)
        _write(root, jobs, {})
        _tell("a workflow", list(jobs), f"git add {shlex.join(jobs)} && git commit", as_json)
        return
    _require_no_project(project)
    entry = next((e for e in _entries() if (root / e).is_file()), None)
    new = _adopted(root, entry) if entry else _new(root, _language(language))
    if entry:
        _require_no_language(language, f"a tree here: {entry}")
    if ci:
        new |= _workflow(ci, root, NAMED, root / _STATE.strip("/\n"))
    if (root / _PYPROJECT).is_file():
        added = {_PYPROJECT: new.pop(_PYPROJECT)}
    elif entry:  # a kernel or firmware tree has no pyproject.toml
        new[_OWN], added = without_prefix(new.pop(_PYPROJECT)), {}
    else:
        added = {}
    if not _ignores_state(root):
        added[_IGNORE] = _STATE
    _write(root, new, added)
    what = f"adopted the tree of {entry}" if entry else "a new project"
    following = "kvariant space" if entry else "kvariant sweep"
    _tell(what, sorted({*new, *added}), following, as_json)


def _tell(what: str, written: list[str], following: str, as_json: bool) -> None:
    if as_json:
        say_json({"format": 1, "written": written, "next": following})
        return
    names = textwrap.wrap(", ".join(written), 78, break_long_words=False, break_on_hyphens=False)
    say("\n  ".join([f"{what}:", *names]))
    say(f"next: {following}")


def _workflow(ci: str, root: Path, matrix: str, state: Path) -> dict[str, str]:
    """Return the workflow, where its host looks for it: in the repository's top folder."""
    top, folder = repository_of(root)
    if ci == "gitlab":
        path, text = _PIPELINE, gitlab_pipeline(matrix, folder)
    else:
        below = Path(os.path.relpath(state, root)).as_posix()
        path, text = _WORKFLOW, workflow(matrix, below, folder)
    return {Path(os.path.relpath(top / path, root)).as_posix(): text}


def repository_of(root: Path) -> tuple[Path, str]:
    """Return the top folder of a folder's repository, and the folder relative to it, or ""."""
    top = next((f for f in (root, *root.parents) if (f / ".git").exists()), root)
    folder = root.relative_to(top).as_posix()
    return top, "" if folder == "." else folder


def _entries() -> list[str]:
    return list(dict.fromkeys(preset.path for preset in PRESETS.values()))


def _project_here(root: Path) -> Project | None:
    """Return the project of this folder, None if it is none or its project is a folder above."""
    if not any((root / name).is_file() for name in (_OWN, _PYPROJECT)):
        return None
    project = Project.find(root)
    return project if project.path and project.path.parent == root else None


def _require_no_project(project: Project | None) -> None:
    """Refuse to make a second project of a folder."""
    if project is not None:
        raise InputError(
            Diagnostic(
                message="this is a project already",
                code="exists",
                location=Location(str(project.path)),
                hint="kvariant says what to do next",
            )
        )


def _require_no_language(language: str | None, found: str) -> None:
    if language:
        message = f"--language is for new projects; there is {found}"
        raise InputError(Diagnostic(message=message, code="usage"))


def _language(given: str | None) -> ScaffoldLanguage:
    if given is None and sys.stdin.isatty() and sys.stderr.isatty():
        choices = click.Choice([language.value for language in ScaffoldLanguage])
        given = click.prompt(
            "No Kconfig tree here. What shall be generated?",
            type=choices,
            default=ScaffoldLanguage.PYTHON.value,
            err=True,
        )
    return ScaffoldLanguage(given or ScaffoldLanguage.PYTHON.value)


def _new(root: Path, language: ScaffoldLanguage) -> dict[str, str]:
    """Return the files of a new project, in folders in which there is nothing else."""
    return dict(new_project(language, _unused(root, CONFIGS), _unused(root, TEMPLATES)))


def _unused(root: Path, folder: str) -> str:
    """Return a folder for ours: of a web framework's `templates/` we would render all."""
    path = root / folder
    is_used = path.is_dir() and any(path.iterdir())
    return f"variant-{folder}" if is_used else folder


def _adopted(root: Path, entry: str) -> dict[str, str]:
    """Return the files that make a project of the tree here."""
    globs = [glob for glob in _CONFIGS if any(root.glob(glob))]
    new = {}
    if not globs:
        globs = [_CONFIGS[0]]
        new[_DEFAULT] = "# The tree's defaults.\n"
    new[_PYPROJECT] = adopting(PurePosixPath(entry), globs, place_of(root).preset.name)
    return new


def _ignores_state(root: Path) -> bool:
    try:
        lines = read_text(root / _IGNORE, "replace").splitlines()
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
            with contextlib.suppress(OSError):  # what went wrong first is told
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
    """Add text at the end of a file, whole or not at all; every byte before it stays."""
    if not path.exists():
        _make(path, text, made)
        return
    old = path.read_bytes()
    between = "" if not old else "\n" if old.endswith(b"\n") else "\n\n"
    if path.name == _IGNORE:
        between = between[1:]
    ends = "\r\n" if b"\r\n" in old else "\n"
    whole = old + (between + text).replace("\n", ends).encode()
    if path.name == _PYPROJECT:
        _require_sound(path, whole)
    replace_file(path, whole)


def _require_sound(path: Path, added: bytes) -> None:
    """Refuse to add a table to a file that is not TOML, or would not be with it.

    Raises:
        InputError: it is at fault already; or it writes `tool` in one line, which ends there.
    """
    Document(path)
    try:
        tomllib.loads(added.decode())
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            Diagnostic(
                message=f"no table can be added here, nothing was written: {error}",
                code="toml",
                location=Location(path.name),
                hint="write [tool.NAME] tables instead of tool = { ... }",
            )
        ) from None
