# SPDX-License-Identifier: MIT
"""How the schemas are made: pydantic's, with the words of the source and nothing of Python's.

property           gets the docstring below its field
title              of properties goes: it is their name once more
default            stays where a file has it, and goes where a key is left out
Json, Table        go from the names in $defs
"""

from __future__ import annotations

import ast
import inspect
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pydantic

from kvariant.plan.lock import LockFile
from kvariant.project.matrix import MatrixTable
from kvariant.project.project import ProjectTable
from kvariant.render.interface import InterfaceTable
from kvariant.schemas import matrices, sweeps, trees
from kvariant.schemas.record import ErrorsJson, JsonRecord

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_Schema = dict[str, Any]


def made() -> Mapping[str, str]:
    """Return every schema as a text, by its name."""
    found = {
        "project": _project(),
        "interface": _of_model(InterfaceTable),
        "lock": _of_model(LockFile),
        "errors": _of_model(ErrorsJson),
        "space": _printed(trees.SpaceJson),
        "explain": _either(
            "Why a symbol has its value, or cannot have another; of a line, when it is there",
            _printed(trees.ExplainJson), _printed(trees.PresenceJson),
        ),
        "check": _printed(trees.CheckJson, ("diagnostics",)),
        "review": _printed(trees.ReviewJson),
        "matrix": _matrix(),
        "coverage": _either(
            "What given configurations exercise; with --templates, which branches are rendered",
            _printed(matrices.BranchesJson), _of_model(matrices.CoverageJson),
        ),
        "generate": _of_model(matrices.GenerateJson),
        "diff": _of_model(matrices.DiffJson),
        "edit": _of_model(matrices.MenuEditJson),
        "sweep": _of_model(sweeps.SweepJson),
        "report": _of_model(sweeps.SweepJson),
        "blame": _of_model(sweeps.BlameJson),
        "reproduce": _of_model(sweeps.ReproduceJson),
        "clean": _of_model(sweeps.CleanJson),
        "init": _of_model(sweeps.InitJson),
    }  # fmt: skip
    return {name: json.dumps(schema, indent=1) + "\n" for name, schema in found.items()}


class _WithMatrices(ProjectTable):
    """The project file: `kvariant.toml`, or `[tool.kvariant]` of a pyproject.toml."""

    matrix: str | dict[str, MatrixTable] = ""


def _project() -> _Schema:
    """Return the project file's: the key `matrix` is a name, or has tables and the key `default`.

    What reads the file (`matrices_of`) takes each table by itself, so that the model has no type.
    """
    schema = _of_model(_WithMatrices)
    matrix = schema["properties"]["matrix"]
    tables = next(kind for kind in matrix["anyOf"] if "additionalProperties" in kind)
    tables["properties"] = {"default": {"type": "string"}}
    del matrix["default"]
    return schema


def _matrix() -> _Schema:
    """Return what `matrix` prints; also its files beside what -o writes."""
    return _either(
        "A matrix; with -o, --write or --check what was written or found",
        _printed(matrices.MatrixJson),
        _of_model(matrices.WrittenJson),
        _of_model(matrices.LockWrittenJson),
        _of_model(matrices.LockCheckedJson),
        _of_model(matrices.ConfigurationJson),
    )


def _of_model(model: type[pydantic.BaseModel]) -> _Schema:
    """Return a model's schema."""
    schema = pydantic.TypeAdapter(model).json_schema(mode="validation")
    described = _described(model)
    for name, part in _parts(schema, model.__name__):
        _clean(part, described.get(name), keeps_default=not issubclass(model, JsonRecord))
    return {"$schema": DIALECT, **_renamed(schema)}


def _printed(model: type[JsonRecord], of_all: Sequence[str] = ()) -> _Schema:
    """Return the schema of what is printed of one tree, or of each of several.

    Args:
        of_all: keys that are also there for what is of no single tree.
    """
    schema = _of_model(model)
    definitions = schema.pop("$defs", {})
    words = schema["description"]
    del schema["$schema"], schema["description"]
    number = {"format": {"const": 1, "type": "integer"}}

    def of(first: _Schema) -> _Schema:
        return schema | {
            "properties": first | schema["properties"],
            "required": list(dict.fromkeys([*first, *schema["required"]])),
        }

    beside = {key: schema["properties"][key] for key in of_all}
    each = {"type": "array", "items": of({"name": {"type": "string"}}), "minItems": 1}
    several = {
        "type": "object",
        "description": "Where `env` has a list: a tree for each of its values.",
        "properties": number | {"trees": each} | beside,
        "required": ["format", "trees", *beside],
        "additionalProperties": False,
    }
    found = {"$schema": DIALECT, "description": words, "anyOf": [of(number), several]}
    return found | ({"$defs": definitions} if definitions else {})


def _either(words: str, *schemas: _Schema) -> _Schema:
    """Return the schema of what is one of several things."""
    definitions: _Schema = {}
    for schema in schemas:
        definitions |= schema.pop("$defs", {})
        del schema["$schema"]
    found = {"$schema": DIALECT, "description": f"{words}.", "anyOf": list(schemas)}
    return found | ({"$defs": definitions} if definitions else {})


def _parts(schema: _Schema, name: str) -> Iterator[tuple[str, _Schema]]:
    """Yield the schemas of all classes that one is made of, by the names of the classes."""
    yield name, schema
    yield from schema.get("$defs", {}).items()


def _clean(part: _Schema, fields: Mapping[str, str] | None, *, keeps_default: bool) -> None:
    """Put words in and Python out of the schema of a class."""
    part.pop("title", None)
    if "description" in part:
        part["description"] = _line(part["description"].partition("\n\n")[0])
    for key, field in part.get("properties", {}).items():
        for inner in _inner(field):
            inner.pop("title", None)
        if not keeps_default or field.get("default", "") is None:
            field.pop("default", None)
            _without_null(field, keeps_default)
        if isinstance(default := field.get("default"), dict) and "text" in default:
            field["default"] = default["text"]  # an expression is written as a text
        if fields and (words := fields.get(key)):
            field["description"] = words
        elif "description" in field:
            field["description"] = _line(field["description"])


def _without_null(field: _Schema, is_file: bool) -> None:
    """Take null out of a key that a file can only leave out: TOML has no null."""
    if not is_file or "anyOf" not in field:
        return
    kinds = [kind for kind in field.pop("anyOf") if kind != {"type": "null"}]
    field.update(kinds[0] if len(kinds) == 1 else {"anyOf": kinds})


def _inner(schema: Any) -> Iterator[_Schema]:
    """Yield a schema and all schemas within it."""
    if isinstance(schema, list):
        for one in schema:
            yield from _inner(one)
    elif isinstance(schema, dict):
        yield schema
        for one in schema.values():
            yield from _inner(one)


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _renamed(schema: _Schema) -> _Schema:
    """Return a schema with the names of things instead of classes' in $defs."""
    text = json.dumps(schema)
    for name in schema.get("$defs", {}):
        short = re.sub(r"(Json|Table)$", "", name.lstrip("_"))
        text = text.replace(f'"#/$defs/{name}"', f'"#/$defs/{short}"').replace(
            f'"{name}": {{', f'"{short}": {{'
        )
    found: _Schema = json.loads(text)
    return found


def _described(model: type) -> Mapping[str, Mapping[str, str]]:
    """Return the docstrings below the fields of a class and of those in it: key -> words."""
    found: dict[str, Mapping[str, str]] = {}
    left = [model]
    while left:
        one = left.pop()
        if one.__name__ in found:
            continue
        found[one.__name__] = words_of(one)
        for kind in _types(one):
            left += _classes(kind)
    return found


def _types(one: type) -> Iterator[Any]:
    fields = getattr(one, "model_fields", None) or getattr(one, "__pydantic_fields__", None)
    if fields is not None:
        yield from (field.annotation for field in fields.values())
    else:
        yield from inspect.get_annotations(one, eval_str=True).values()


def _classes(kind: Any) -> Iterator[type]:
    """Yield the classes with fields of their own that a type is made of."""
    if isinstance(kind, type) and kind.__module__.startswith("kvariant."):
        yield kind
    for inner in getattr(kind, "__args__", ()):
        yield from _classes(inner)


def words_of(one: type) -> Mapping[str, str]:
    """Return the docstrings below a class's own fields and those that it inherits, by the key."""
    found: dict[str, str] = {}
    for base in reversed(one.__mro__):
        if not base.__module__.startswith("kvariant."):
            continue
        (definition,) = ast.parse(inspect.getsource(base)).body
        assert isinstance(definition, ast.ClassDef)
        body = definition.body
        for field, after in itertools.pairwise(body):
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(after, ast.Expr)
                and isinstance(after.value, ast.Constant)
            ):
                key = field.target.id.rstrip("_")
                words = _line(str(after.value.value))
                found[key] = found[key.replace("_", "-")] = words
    return found
