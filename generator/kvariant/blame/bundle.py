# SPDX-License-Identifier: MIT
"""A failure that travels: one file with all that another checkout needs to show it again.

    {"format": 1, "failure": {"variant", "step", "test", "messages"},
     "run": {"command", "kconfig", "preset", "dialect", "env", "shell"},
     "configuration": {"fragment", "digest"},
     "checkout": {"revision", "difference", "untracked", "whole"},
     "tools": {NAME: {"version", "digest"}}, "machine": ...}

It is `<state>/failures/N.json`, beside the fragments. It holds no values of the
environment but those of the tree's variables, and no contents of files that git
does not know.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pydantic

from kvariant.blame.checkout import Checkout
from kvariant.blame.findings import folded_message
from kvariant.errors import Diagnostic, InputError, Location, newer_format, os_error
from kvariant.regular_file import require_readable
from kvariant.results.cell import Cell, failures_of
from kvariant.steps.tool_versions import ToolVersion

FORMAT = 1
LARGEST = 16 * 1024 * 1024
"""Bytes; a larger file is no bundle."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One distinct failure, as one of its variants shows it."""

    variant: str
    """Without its environment."""
    step: str
    test: str
    """The first test that fails so, "" where the step has none."""
    messages: tuple[str, ...]
    """Of any of these one is enough to know it again."""
    command: tuple[str, ...]
    """What stood behind --; none: a step of the project."""
    kconfig: str
    """As it was given on the command line, "" where it was not."""
    preset: str
    dialect: str
    env: tuple[str, ...]
    """NAME=VALUE: variables of the tree."""
    shell: bool
    fragment: str
    digest: str
    """Of the values of all symbols."""
    checkout: Checkout
    tools: Mapping[str, ToolVersion]
    machine: str
    """Kind of machine, versions of Python and of kvariant."""

    def is_shown_by(self, cell: Cell) -> bool:
        """Whether a cell of the step failed in the same way."""
        wanted = {folded_message(message) for message in self.messages}
        return any(
            not failure.is_of_machine
            and (
                folded_message(failure.message) in wanted
                or folded_message(f"{failure.test}: {failure.message}") in wanted
            )
            for failure in failures_of(cell)
        )


def bundle_text(bundle: Bundle) -> str:
    """Return a bundle as the file has it."""
    record = {
        "format": FORMAT,
        "failure": {
            "variant": bundle.variant,
            "step": bundle.step,
            "test": bundle.test,
            "messages": bundle.messages,
        },
        "run": {
            "command": bundle.command,
            "kconfig": bundle.kconfig,
            "preset": bundle.preset,
            "dialect": bundle.dialect,
            "env": bundle.env,
            "shell": bundle.shell,
        },
        "configuration": {"fragment": bundle.fragment, "digest": bundle.digest},
        "checkout": {
            "revision": bundle.checkout.revision,
            "difference": bundle.checkout.difference,
            "untracked": bundle.checkout.untracked,
            "whole": bundle.checkout.is_whole,
        },
        "tools": {name: asdict(tool) for name, tool in sorted(bundle.tools.items())},
        "machine": bundle.machine,
    }
    return json.dumps(record, indent=1, ensure_ascii=False) + "\n"


class _Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True, frozen=True)


class _Failure(_Model):
    variant: str
    step: str
    test: str
    messages: list[str] = pydantic.Field(min_length=1)


class _Run(_Model):
    command: list[str]
    kconfig: str
    preset: str
    dialect: str
    env: list[str]
    shell: bool


class _Configuration(_Model):
    fragment: str
    digest: str


class _Checkout(_Model):
    revision: str
    difference: str
    untracked: list[str]
    whole: bool


class _Tool(_Model):
    version: str
    digest: str


class _File(_Model):
    failure: _Failure
    run: _Run
    configuration: _Configuration
    checkout: _Checkout
    tools: dict[str, _Tool]
    machine: str


def read_bundle(path: Path) -> Bundle:
    """Read a bundle.

    Raises:
        InputError: it cannot be read, is none, or is of a newer format [newer-format].
    """
    try:
        require_readable(path)
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except OSError as error:
        raise os_error(error, "cannot read the bundle") from None
    record = _record(path, data)
    try:
        file = _File.model_validate({k: v for k, v in record.items() if k != "format"})
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise _no_bundle(path, f"{place}: {first['msg'][:1].lower()}{first['msg'][1:]}") from None
    for name in (file.failure.variant, file.failure.step):
        if not _NAME.fullmatch(name):
            raise _no_bundle(path, f"{name!r} is no name of a variant or a step")
    return Bundle(
        variant=file.failure.variant,
        step=file.failure.step,
        test=file.failure.test,
        messages=tuple(file.failure.messages),
        command=tuple(file.run.command),
        kconfig=file.run.kconfig,
        preset=file.run.preset,
        dialect=file.run.dialect,
        env=tuple(file.run.env),
        shell=file.run.shell,
        fragment=file.configuration.fragment,
        digest=file.configuration.digest,
        checkout=Checkout(
            revision=file.checkout.revision,
            difference=file.checkout.difference,
            untracked=tuple(file.checkout.untracked),
            is_whole=file.checkout.whole,
        ),
        tools={name: ToolVersion(tool.version, tool.digest) for name, tool in file.tools.items()},
        machine=file.machine,
    )


def _record(path: Path, data: bytes) -> Mapping[str, Any]:
    if len(data) > LARGEST:
        raise _no_bundle(path, f"it has more than {LARGEST:,} bytes")
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        raise _no_bundle(path, "it is no JSON") from None
    if not isinstance(record, dict) or not isinstance(found := record.get("format"), int):
        raise _no_bundle(path, "it has no format")
    if found > FORMAT:
        raise InputError(newer_format(found, Location(str(path))))
    return record


def _no_bundle(path: Path, why: str) -> InputError:
    hint = "kvariant sweep and kvariant blame write one for each failure: .kvariant/failures/1.json"
    return _error(path, f"not a failure's bundle: {why}", "bundle", hint)


def _error(path: Path, message: str, code: str, hint: str) -> InputError:
    place = Location(str(path))
    return InputError(Diagnostic(message=message, code=code, location=place, hint=hint))
