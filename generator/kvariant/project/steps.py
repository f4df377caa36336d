# SPDX-License-Identifier: MIT
"""The project file's steps, toolchains and known failures, as they are written.

What is an expression over the tree's symbols stays text here: this room knows
no Kconfig. `kvariant.steps.step` makes of them what runs.
"""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Mapping
from typing import Annotated, NamedTuple

import pydantic

from kvariant.document import TomlTable, toml_text
from kvariant.untrusted_pattern import require_valid

RESULT_KINDS = ("junit", "tap", "ktap")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class ResultsFile(NamedTuple):
    """Where a step leaves the results of its tests, and in which format."""

    kind: str
    """One of `RESULT_KINDS`."""
    path: str
    """With placeholders, as it was written."""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be a string, not {toml_text(value)}")
    return value


def seconds_of(value: object) -> float:
    """Return a duration such as `90s`, `10m`, `1h30m` in seconds.

    Raises:
        ValueError: it is none, or is zero.
    """
    text = _text(value)
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", text)
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if "".join(number + unit for number, unit in parts) != text.replace(" ", "") or seconds <= 0:
        raise ValueError(f"{text!r} is no duration; write 90s, 10m or 1h30m")
    return seconds


def _results(value: object) -> ResultsFile | None:
    if not (text := _text(value)):
        return None
    kind, colon, path = text.partition(":")
    if kind not in RESULT_KINDS or not colon or not path:
        raise ValueError(f"{text!r} is not of the form {' | '.join(RESULT_KINDS)}:PATH")
    return ResultsFile(kind, _file(path))


def _step_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} is no name; it may have a-z, 0-9, dot, dash and underscore")
    return text


def _command(value: object) -> str | tuple[str, ...]:
    parts = value if isinstance(value, tuple) else (value,)
    texts = [part for part in parts if isinstance(part, str)]
    if any("\0" in text for text in texts):
        raise ValueError("has a NUL character, which no command can have")
    if isinstance(value, tuple) and texts and len(texts) == len(parts) and texts[0].strip():
        return value
    if isinstance(value, str) and value.strip():
        return value
    raise ValueError("must be a command: text for sh, or a list of strings")


def _reason(text: str) -> str:
    if not text.strip():
        raise ValueError("must say why it is known to fail")
    return text


def environment_variables(value: Mapping[str, object]) -> Mapping[str, object]:
    """Return what is to be in an environment.

    Raises:
        ValueError: a name or a value is one that no environment can have.
    """
    for name, text in value.items():
        if not name or "=" in name or "\0" in name:
            raise ValueError(f"{name!r} is no name of an environment variable")
        if "\0" in (text if isinstance(text, str) else "".join(map(str, _items(text)))):
            raise ValueError(f"the value of {name} has a NUL character")
    return value


def _infrastructure(value: object) -> tuple[int | str, ...]:
    """Return exit codes and patterns as they are written.

    Raises:
        ValueError: it is no list, or one of them can never be met, or always is.
    """
    if not isinstance(value, tuple):
        raise ValueError(f"must be a list of exit codes and patterns, not {toml_text(value)}")
    for one in value:
        if isinstance(one, str):
            require_valid(one)
        elif isinstance(one, bool) or not isinstance(one, int):
            raise ValueError(f"{toml_text(one)} is neither an exit code nor a pattern")
        elif not 1 <= one <= 255:
            raise ValueError(f"{one} is no exit code of a failure; these are 1 to 255")
    return value


_SIZE = re.compile(r"(\d+) ?(?:(K|M|G)i?B?|B)?", re.IGNORECASE)
_SIZE_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def _bytes(value: object, name: str) -> int:
    if not name:
        raise ValueError("a limit is of a section by its name, or of the total; not of ''")
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and (found := _SIZE.fullmatch(value.strip())):
        return int(found[1]) * _SIZE_UNITS.get((found[2] or "").upper(), 1)
    allowed = "a number of bytes, or 64K, 1M"
    raise ValueError(f"the limit of {name} must be {allowed}; not {toml_text(value)}")


def _limits(value: object) -> Mapping[str, int]:
    """Return the most bytes by section.

    Raises:
        ValueError: it is neither a size nor a table of sizes.
    """
    if not isinstance(value, Mapping):
        return {"total": _bytes(value, "total")}
    return {f"{name}": _bytes(size, f"{name}") for name, size in value.items()}


def _file(text: str) -> str:
    if "\0" in text:
        raise ValueError(f"must name a file, not {text!r}")
    return text


def _date(value: object) -> object:
    """Return a day, written as TOML has it or as text.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, str):
        with contextlib.suppress(ValueError):  # told below, as everything that is no day
            return datetime.date.fromisoformat(value)
    elif isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    raise ValueError(f"{toml_text(value)} is no day; write 2030-12-31")


def _items(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()


_Environment = Annotated[dict[str, str], pydantic.AfterValidator(environment_variables)]


_Command = Annotated[
    str | tuple[str, ...],
    pydantic.PlainValidator(_command),
    pydantic.WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
            ]
        }
    ),
]
_Results = Annotated[
    ResultsFile | None,
    pydantic.PlainValidator(_results),
    pydantic.WithJsonSchema(
        {"type": "string", "pattern": rf"^(({'|'.join(RESULT_KINDS)}):[^\n]+)?$"}
    ),
]
_Timeout = Annotated[
    float,
    pydantic.PlainValidator(seconds_of),
    pydantic.WithJsonSchema(
        {"type": "string", "pattern": r"^ *([0-9]+(\.[0-9]+)? *(ms|s|m|h) *)+$"}
    ),
]
_Infrastructure = Annotated[
    tuple[int | str, ...],
    pydantic.PlainValidator(_infrastructure),
    pydantic.WithJsonSchema(
        {
            "type": "array",
            "items": {
                "anyOf": [
                    {"type": "integer", "minimum": 1, "maximum": 255},
                    {"type": "string", "minLength": 1},
                ]
            },
        }
    ),
]
_SIZE_SCHEMA = {
    "anyOf": [
        {"type": "integer", "minimum": 0},
        {"type": "string", "pattern": r"^ *[0-9]+ ?([KkMmGg][Ii]?[Bb]?|[Bb])? *$"},
    ]
}
_Limits = Annotated[
    Mapping[str, int],
    pydantic.PlainValidator(_limits),
    pydantic.WithJsonSchema(
        {
            "anyOf": [
                *_SIZE_SCHEMA["anyOf"],
                {"type": "object", "additionalProperties": _SIZE_SCHEMA},
            ]
        }
    ),
]
_File = Annotated[str, pydantic.AfterValidator(_file)]
_Day = Annotated[
    datetime.date | None,
    pydantic.BeforeValidator(_date),
    pydantic.WithJsonSchema({"type": "string", "format": "date"}),
]


class StepTable(TomlTable):
    """One `[[step]]`: what runs in each variant. `generate`, `build` and `test` are built in."""

    name: Annotated[
        str,
        pydantic.AfterValidator(_step_name),
        pydantic.WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$"}),
    ]
    """Of a-z, 0-9, dot, dash and underscore; the name of a built-in step replaces that."""
    run: _Command
    """Text for sh, in which placeholders are quoted, or a list of arguments that no shell sees.
    Placeholders: `{config}` `{out}` `{name}` `{tree}` `{results}` `{jobs}` `{env.NAME}`."""
    env: _Environment = pydantic.Field(default_factory=dict)
    """Variables of its environment."""
    where: str = ""
    """A Kconfig expression; other variants skip the step."""
    needs: tuple[str, ...] | None = None
    """Steps that must have ended well first; without it the step before."""
    reads: tuple[str, ...] = ()
    """Globs of files that it reads: while none of them differs it need not run again."""
    infrastructure: _Infrastructure = ()
    """Exit codes, and regular expressions for a line of output, of a machine that is broken: the
    step is tried again and no option is blamed."""
    depfiles: str = ""
    """Glob of the dependency files that the build itself writes: more exact than `reads`."""
    results: _Results = None
    """Where it leaves the results of its tests: `junit:PATH`, `tap:PATH` or `ktap:PATH`."""
    artifacts: tuple[str, ...] = ()
    """Globs of files that are kept; of cells that fail all are."""
    measure: _File = ""
    """A file that it makes, whose size is kept by section, told for each option and compared with
    the sweep before; as `results`, with placeholders."""
    measure_limit: _Limits = pydantic.Field(default_factory=dict)
    """The most bytes that sections may have, `{ ".text" = 65536, total = "128K" }`, or all of them
    together, `"128K"`; a variant with more fails."""
    baseline: _File = ""
    """The file of compiler warnings that are known, of which there may only be fewer; without it
    that of the project."""
    timeout: _Timeout = pydantic.Field(default=600.0, json_schema_extra={"default": "10m"})
    """How long it may take: 90s, 10m, 1h30m."""
    retries: Annotated[int, pydantic.Field(ge=0)] = 0
    """How often it is tried again where it fails; what then passes is flaky, never ok."""


class ToolchainTable(TomlTable):
    """One `[[toolchain]]`: the first whose `where` holds gives a cell its environment."""

    where: str = ""
    """A Kconfig expression; "": every variant."""
    env: _Environment = pydantic.Field(default_factory=dict)
    """Variables of the steps' environment, also as `{env.NAME}` in commands."""


class KnownFailureTable(TomlTable):
    """One `[[known-failure]]`: what is expected to fail, and so does not fail a sweep."""

    where: str = ""
    """A Kconfig expression; "": every variant."""
    step: str = ""
    """Only failures of this step; "": of any."""
    test: str = ""
    """Only failures of tests whose name matches this glob; "": of any."""
    reason: Annotated[str, pydantic.AfterValidator(_reason)]
    """Why it is known to fail; printed with it."""
    until: _Day = None
    """The last day on which it counts, 2030-12-31; without it always."""
    strict: bool = False
    """Whether a cell that passes although it is listed here fails the sweep."""
