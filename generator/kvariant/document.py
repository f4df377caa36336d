# SPDX-License-Identifier: MIT
"""TOML files validated against a schema, with errors that point at the line.

Wherever we read TOML (the project file, a template folder's interface) the file
becomes frozen pydantic models here; every error names file, line and key, and a
misspelt key gets the nearest known one.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pydantic

from kvariant.errors import (
    Diagnostic,
    InputError,
    Location,
    did_you_mean,
    newer_format,
    not_utf8,
    os_error,
    source_line,
)
from kvariant.regular_file import read_text

Key = tuple[str | int, ...]
"""A path into a document: table names, array indices, key names."""

_EXPECTED = {
    "bool_type": "must be true or false",
    "dict_type": "must be a table",
    "greater_than_equal": "must be at least {ge}",
    "int_type": "must be a number",
    "literal_error": "must be one of {expected}",
    "model_type": "must be a table",
    "string_type": "must be a string",
    "tuple_type": "must be a list",
}
"""What pydantic calls by Python's names, in TOML's."""

LARGEST = 1 << 22
"""Characters of a file that people write."""
LONGEST = (1 << 17) - 1
"""Characters of a text or a key; what is longer no Linux takes as an argument of a program."""
_BARE = re.compile("[A-Za-z0-9_-]+")
"""A key that needs no quotes."""
_SHOWN = 60
"""Characters of a key, or a value, that are told."""

_ModelT = TypeVar("_ModelT", bound=pydantic.BaseModel)


class TomlTable(pydantic.BaseModel):
    """Base of all schemas: frozen, kebab-case keys, unknown keys refused."""

    model_config = pydantic.ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        arbitrary_types_allowed=True,
        alias_generator=lambda name: name.rstrip("_").replace("_", "-"),
        populate_by_name=True,
    )


class Document:
    """A parsed TOML file that remembers the line of every table and key."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            text = read_text(path)
        except UnicodeDecodeError:
            raise InputError(not_utf8(path)) from None
        except OSError as error:
            raise os_error(error, "cannot read the file") from None
        if len(text) > LARGEST:
            raise InputError(
                Diagnostic(
                    message=f"{len(text):,} characters, and {LARGEST:,} are allowed",
                    code="toml",
                    location=Location(str(path)),
                    hint="put long commands into scripts of their own",
                )
            )
        try:
            self.data: dict[str, Any] = _frozen(tomllib.loads(text))
        except ValueError as error:  # a number of thousands of digits has no place
            raise _syntax_error(path, str(error).partition(";")[0]) from None
        self._lines = _key_lines(text)

    def location(self, key: Key) -> Location:
        """Return the place of a key, or of the nearest table around it."""
        for length in range(len(key), 0, -1):
            if line := self._lines.get(key[:length]):
                return Location(str(self.path), line, 1)
        return Location(str(self.path))

    def error(self, key: Key, message: str, code: str, hint: str = "") -> Diagnostic:
        """Return an error at a key."""
        place = self.location(key)
        return Diagnostic(
            message=message,
            code=code,
            location=place,
            excerpt=source_line(place.path, place.line),
            hint=hint,
        )

    def refuse_newer(self, newest: int) -> None:
        """Refuse a file whose key `format` is above what this kvariant knows.

        Raises:
            InputError: it is [newer-format].
        """
        found = self.data.get("format")
        if isinstance(found, int) and found > newest:
            place = self.location(("format",))
            error = newer_format(found, place)
            raise InputError(replace(error, excerpt=source_line(place.path, place.line)))

    def validated(self, model: type[_ModelT], data: Any, prefix: Key = ()) -> _ModelT:
        """Return `data` (the table at `prefix`) as a model.

        Raises:
            InputError: all violations at once, each at its line.
        """
        if long := [self._too_long(*found) for found in _long(data, prefix)]:
            raise InputError(*long)
        try:
            return model.model_validate(data)
        except pydantic.ValidationError as error:
            raise InputError(
                *(self._violation(dict(item), model, prefix) for item in error.errors())
            ) from None

    def _too_long(self, key: Key, size: int) -> Diagnostic:
        name = next(str(step) for step in reversed(key) if isinstance(step, str))
        what = f"a text of {size:,} characters: {LONGEST:,} are allowed"
        return self.error(
            key,
            f"{name[:_SHOWN]}: {what}",
            "bad-value",
            "systems start no command that is longer; put it into a file and name that",
        )

    def _violation(
        self, item: dict[str, Any], model: type[pydantic.BaseModel], prefix: Key
    ) -> Diagnostic:
        # pydantic adds steps of its own to a location (union branches, "[key]"): keep the file's.
        is_missing = item["type"] == "missing"
        key = prefix + _in_file(item["loc"], self._at(prefix), is_missing=is_missing)
        name = next((str(step) for step in reversed(key) if isinstance(step, str)), "the file")
        if item["type"] == "extra_forbidden":
            known = _keys(model, item["loc"][:-1])
            hint = did_you_mean(name, known, f"known keys: {', '.join(known)}")
            if name == "tool" and not prefix:
                hint = "[tool.kvariant] is for pyproject.toml; here its keys stand outermost"
            elif len(item["loc"]) > 1 and name in _keys(model, ()) and hint.startswith("known"):
                # TOML gives a key to the table above it, wherever it was meant to be.
                outermost = f"in [{'.'.join(map(str, prefix))}]"
                place = outermost if prefix else "above the first [table]"
                hint = f"{name} is a key of all: write it {place}"
            return self.error(key, f"unknown key {name!r}", "unknown-key", hint)
        if is_missing:
            return self.error(key[:-1], f"the key {name!r} is missing", "missing-key")
        text = _EXPECTED.get(item["type"]) or str(item["msg"]).removeprefix("Value error, ")
        text = text.format(**item.get("ctx", {})) if item["type"] in _EXPECTED else text
        shown = "" if item["type"] == "value_error" else f", not {toml_text(item['input'])}"
        return self.error(key, f"{name}: {text[:1].lower()}{text[1:]}{shown}", "bad-value")

    def _at(self, key: Key) -> Any:
        data: Any = self.data
        for step in key:
            data = data[step]
        return data


def toml_text(value: object) -> str:
    """Return a value as a TOML file spells it, what is long of it cut short, for messages."""
    text = _spelled(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def _spelled(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        pairs = ", ".join(
            f"{name if _BARE.fullmatch(name) else repr(name)} = {_spelled(one)}"
            for name, one in value.items()
        )
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_spelled, value))}]"
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return repr(value)


def _long(data: Any, key: Key) -> Iterator[tuple[Key, int]]:
    """Yield where a text or a key is longer than any may be, and how long it is."""
    if isinstance(data, str) and len(data) > LONGEST:
        yield key, len(data)
    elif isinstance(data, dict):
        for name, value in data.items():
            if len(name) > LONGEST:
                yield (*key, name), len(name)
            else:
                yield from _long(value, (*key, name))
    elif isinstance(data, list | tuple):
        for index, value in enumerate(data):
            yield from _long(value, (*key, index))


def _frozen(value: Any) -> Any:
    """Return TOML data with tuples for arrays: frozen models hold nothing mutable."""
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return value


def _in_file(steps: Sequence[str | int], data: Any, *, is_missing: bool) -> Key:
    """Return the steps of a pydantic location that are in the data, and the last if it is not."""
    key: list[str | int] = []
    for index, step in enumerate(steps):
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            if is_missing and index == len(steps) - 1:
                key.append(step)
            continue
        key.append(step)
    return tuple(key)


def _keys(model: Any, steps: Sequence[str | int]) -> list[str]:
    """Return the keys a model allows at a location, following lists and tables."""
    for step in steps:
        if isinstance(step, int):
            continue
        if not (isinstance(model, type) and issubclass(model, pydantic.BaseModel)):
            continue
        for name, field in model.model_fields.items():
            if step in (name, field.alias):
                model = _inner_model(field.annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _inner_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if (found := _inner_model(argument)) is not None:
            return found
    return None


_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_ENTRY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*=""")


def _key_lines(text: str) -> dict[Key, int]:
    """Return the line of each table header and each key that starts a line."""
    lines: dict[Key, int] = {}
    counts: dict[Key, int] = {}
    table: Key = ()
    for number, line in enumerate(text.splitlines(), 1):
        if match := _HEADER.match(line):
            table = _indexed(tuple(_split(match[2])), counts)
            if match[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            lines.setdefault(table, number)
            lines.setdefault(table[:1], number)  # `[matrx.few]`: where `matrx` is
        elif match := _ENTRY.match(line):
            parts = tuple(_split(match[1]))
            for length in range(len(parts), 0, -1):  # `matrix.default` is where `matrix` is, too
                lines.setdefault(table + parts[:length], number)
    return lines


def _indexed(names: tuple[str, ...], counts: dict[Key, int]) -> Key:
    """Return a header's path with the current index after each array of tables but the last."""
    key: Key = ()
    for position, name in enumerate(names):
        key = (*key, name)
        if key in counts and position < len(names) - 1:
            key = (*key, counts[key])
    return key


def _split(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]


_SYNTAX_HINTS = {
    "Cannot overwrite a value": "a key above has this name; beside tables [matrix.NAME]"
    " the default is called matrix.default",
}


def _syntax_error(path: Path, text: str) -> InputError:
    match = re.search(r"\(at line (\d+), column (\d+)\)", text)
    line, column = (int(match[1]), int(match[2])) if match else (0, 0)
    return InputError(
        Diagnostic(
            message=text.split(" (at ")[0],
            code="toml",
            location=Location(str(path), line, column),
            excerpt=source_line(path, line),
            hint=_SYNTAX_HINTS.get(text.split(" (at ")[0], ""),
        )
    )
