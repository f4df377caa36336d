# SPDX-License-Identifier: MIT
"""A variant whose values stand on the command line: `--set A=y B=n 'NAME="text"'`.

So a failing variant can be run where no file of it is: by a colleague, in another checkout.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.digest import text_digest
from kvariant.errors import Diagnostic, InputError, os_error
from kvariant.plan.prefix import prefix_of

if TYPE_CHECKING:
    from kvariant.project import Project

FOLDER = "set"
"""Below the state folder: what was said on command lines, as fragments."""
MOST = 24
"""Values that a command names; of more it would be no line that people paste."""
_SETTING = re.compile(r"(?P<name>\w+)=(?P<value>[^\0\n]*)", re.ASCII)


def inline_fragment(project: Project, settings: Sequence[str]) -> Path:
    """Write the variant of a command line as a fragment, and return its path.

    Its name is `set-` and a digest: the same values are the same variant.

    Raises:
        InputError: one is not of the form NAME=VALUE, or asked for twice.
        MissingError: the disk is full.
    """
    prefix = prefix_of(project)
    values: dict[str, str] = {}
    for text in settings:
        match = _SETTING.fullmatch(text)
        if not match:
            raise _error(f"--set {text!r} is not of the form NAME=VALUE")
        name = match["name"].removeprefix(prefix)
        if values.setdefault(name, match["value"]) != match["value"]:
            raise _error(f"--set asks for {name} twice: {values[name]} and {match['value']}")
    lines = sorted(
        f"# {prefix}{name} is not set" if value == "n" else f"{prefix}{name}={value}"
        for name, value in values.items()
    )
    text = "".join(f"{line}\n" for line in lines)
    path = project.state / FOLDER / f"set-{text_digest(text)[:8]}.config"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise os_error(error, "cannot write the variant of --set") from None
    return path


def settings_of(minimal: str, prefix: str) -> list[str]:
    """Return the values that a minimal configuration asks for, as `--set` takes them."""
    return list(_settings(minimal.splitlines(), re.escape(prefix)))


def _settings(lines: Iterable[str], prefix: str) -> Iterable[str]:
    for line in lines:
        if match := re.fullmatch(rf"{prefix}(\w+=.*)", line):
            yield match[1]
        elif match := re.fullmatch(rf"# {prefix}(\w+) is not set", line):
            yield f"{match[1]}=n"


def _error(message: str) -> InputError:
    return InputError(Diagnostic(message=message, code="usage"))
