# SPDX-License-Identifier: MIT
"""Write docs/reference/ from the code; CONTRIBUTING.md says how.

project-file.md, interface.md    the models' fields, by their JSON schema
commands.md                      the options of each verb
api.md                           `kvariant.__all__`
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

import kvariant
from kvariant.cli import _SECTIONS, cli
from kvariant.project.key_use import readers
from kvariant.project.matrix import field_of
from kvariant.project.strategies import COMMON
from kvariant.schemas.making import made, words_of

FOLDER = Path(__file__).parents[2] / "docs/reference"
_WRITTEN = "Written from the code by `tests/reference_pages/document.py`; do not edit.\n"


def documents() -> Mapping[str, str]:
    """Return the text of each page, by the name of its file."""
    pages = {
        "project-file.md": _project_file(),
        "interface.md": _interface(),
        "commands.md": _commands(),
        "api.md": _api(),
    }
    return {name: "\n".join(lines).rstrip() + "\n" for name, lines in pages.items()}


# Files


def _project_file() -> Iterator[str]:
    yield "# The project file\n"
    yield _WRITTEN
    yield (
        "The nearest `kvariant.toml`, or `pyproject.toml` with a table `[tool.kvariant]`, upward "
        "from where kvariant\nis called; or `--project FILE`. The tables are the same, with the "
        "prefix `tool.kvariant.` in a `pyproject.toml`.\nPaths are relative to the file. Every "
        "key may be left out unless it is said to be needed; a key that nothing reads\nis an "
        "error.\n"
    )
    yield (
        "`kvariant schema project > kvariant.schema.json` and the line `#:schema "
        "./kvariant.schema.json` at the top of\n`kvariant.toml` let editors that know it (taplo) "
        "complete and check it.\n"
    )
    schema = json.loads(made()["project"])
    tables = {
        "The top": schema,
        "`[generate]`": schema["$defs"]["Generate"],
        "`[matrix.NAME]`": schema["$defs"]["Matrix"],
        "`[[step]]`": schema["$defs"]["Step"],
        "`[[toolchain]]`": schema["$defs"]["Toolchain"],
        "`[[known-failure]]`": schema["$defs"]["KnownFailure"],
    }
    assert len(tables) == len(schema["$defs"]) + 1
    for title, table in tables.items():
        yield f"## {title}\n"
        if table is not schema:
            yield f"{table['description']}\n"
        if "MATRIX" in title.upper():
            yield "A matrix without a table is there for each strategy: `named`, `distinct`,"
            yield "`pairwise` (t-wise), `toggles`, `uniform`, `patch`."
            yield "[What each chooses](../strategies.md).\n"
        yield from _keys(table, _strategies if "matrix" in title else None)


def _interface() -> Iterator[str]:
    yield "# The interface\n"
    yield _WRITTEN
    yield (
        "`interface.toml` in a template folder lists helpers and constants, each once. "
        "[Templates and the interface](../templates.md)\nhas examples. `kvariant schema interface`"
        " prints its JSON schema.\n"
    )
    schema = json.loads(made()["interface"])
    tables = {
        "The top": schema,
        "`[types.NAME]`": schema["$defs"]["Spelling"],
        "`[[constant]]`": schema["$defs"]["InterfaceConstant"],
        "`[[helper]]`": schema["$defs"]["Helper"],
        "`stub`": schema["$defs"]["Stub"],
    }
    for title, table in tables.items():
        yield f"## {title}\n"
        if table is not schema:
            yield f"{table['description']}\n"
        yield from _keys(table)


def _keys(table: Mapping[str, Any], more: Any = None) -> Iterator[str]:
    """Yield a row for each key of a table."""
    head = ["key", "type", "without it", "what it is", *(["strategies"] if more else [])]
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for key, field in table["properties"].items():
        needed = key in table.get("required", ())
        cells = [
            f"`{key}`",
            _type(field),
            "needed" if needed else _default(field),
            field["description"],
            *([more(key)] if more else []),
        ]
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""


def _strategies(key: str) -> str:
    field = field_of(key)
    return "all" if field in COMMON else ", ".join(readers(field))


def _default(field: Mapping[str, Any]) -> str:
    found = field.get("default")
    if found is None:
        return ""
    return f"`{json.dumps(found)}`"


def _type(field: Mapping[str, Any]) -> str:
    """Return a type in the words of TOML."""
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(_type(one) for one in field["anyOf"]))
    if "enum" in field:
        return " ".join(f"`{one}`" for one in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    if "$ref" in field:
        return "table"
    match field.get("type"):
        case "array":
            items = _type(field["items"])
            return "array of tables" if items == "table" else f"list of {_plural(items)}"
        case "object":
            inner = field.get("additionalProperties")
            if not isinstance(inner, dict) or "$ref" in inner:
                return "tables"
            return f"table of {_plural(_type(inner))}"
        case "integer":
            low = field.get("minimum")
            return "number" if low is None else f"number from {low}"
        case "boolean":
            return "true or false"
        case "string" if field.get("format") == "date":
            return "day"
        case list():
            return "text or number"
    return "text"


def _plural(words: str) -> str:
    return " or ".join(re.sub("^(text|number|table)", r"\1s", word) for word in words.split(" or "))


# Commands


def _commands() -> Iterator[str]:
    yield "# The commands\n"
    yield _WRITTEN
    yield (
        "`kvariant VERB --help` prints the same. Results go to the standard output; progress, "
        "warnings and seeds to the\nstandard error. Exit codes: 0 ok; 1 failed, stale, uncovered "
        "or incomplete; 2 bad input; 3 a tool, disk space\nor time is missing; 130 interrupted.\n"
    )
    yield "MATRIX is a name from the project file, or `named`, `distinct`, `pairwise`, `toggles`,"
    yield "`uniform`, `patch`: [what each chooses](../strategies.md)."
    yield "Without MATRIX: the project's.\n"
    root = click.Context(cli, info_name="kvariant")
    for title, verbs in _SECTIONS.items():
        yield f"## {title}\n"
        yield "| | |\n|---|---|"
        yield from (
            f"| [`{verb}`](#{verb}) | {' '.join(words.split())} |" for verb, words in verbs.items()
        )
        yield ""
    for verbs in _SECTIONS.values():
        for verb in verbs:
            command = cli.get_command(root, verb)
            assert command is not None
            yield from _command(verb, command, root)


def _command(verb: str, command: click.Command, root: click.Context) -> Iterator[str]:
    context = click.Context(command, info_name=verb, parent=root)
    pieces = " ".join(command.collect_usage_pieces(context))
    yield f"### {verb}\n\n```\nkvariant {verb} {pieces}\n```\n"
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        if not paragraph.startswith("\b"):
            yield _escaped(paragraph.replace("\n", " ")) + "\n"
            continue
        head, *lines = paragraph.removeprefix("\b").strip("\n").split("\n")
        code = inspect.cleandoc("\n" + "\n".join(lines if head.endswith(":") else [head, *lines]))
        yield f"```sh\n{code}\n```\n"
    yield "| option | |\n|---|---|"
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and record[1] and "--help" not in parameter.opts:
            names, words = (_escaped(one).replace("|", "\\|") for one in record)
            yield f"| `{names}` | {re.sub(r'  +', ' ', words)} |"
    yield ""


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;")


# The API


def _api() -> Iterator[str]:
    yield "# The Python API\n"
    yield _WRITTEN
    yield "What `kvariant` exports is public; everything else may change.\n"
    yield (
        "```python\n"
        "from pathlib import Path\n\n"
        "from kvariant import Space, Tree\n\n"
        'tree = Tree.load(Path("Kconfig"))\n'
        "space = Space.of(tree)\n"
        "print(len(tree.symbols), space.count())\n"
        "```\n"
    )
    for name in kvariant.__all__:
        yield from _class(name, getattr(kvariant, name))


def _class(name: str, found: type) -> Iterator[str]:
    yield f"## {name}\n"
    yield f"{_paragraph(found)}\n"
    if issubclass(found, enum.Enum):
        yield "".join(f"- `{one.name}`\n" for one in found)
        return
    if issubclass(found, BaseException):
        yield f"```python\nclass {name}({found.__mro__[1].__name__})\n```\n"
    elif "__init__" in vars(found):
        yield f"```python\n{name}{_signature(found.__init__)}\n```\n"
    fields = words_of(found) if dataclasses.is_dataclass(found) else {}
    rows = [f"- `{key}`: {words}" for key, words in fields.items() if "-" not in key]
    members = [
        (key, member)
        for key, member in inspect.getmembers_static(found)
        if not key.startswith("_") and key in _own(found)
    ]
    for key, member in members:
        if isinstance(member, property) or type(member).__name__ == "cached_property":
            inner = member.fget if isinstance(member, property) else member.func
            rows.append(f"- `{key}`{_result(inner)}. {_paragraph(inner)}")
        elif isinstance(member, classmethod | staticmethod):
            rows.append(f"- `{name}.{key}{_signature(member.__func__)}`. {_paragraph(member)}")
        elif inspect.isfunction(member):
            rows.append(f"- `{key}{_signature(member)}`. {_paragraph(member)}")
    if rows:
        yield "\n".join(row.rstrip() for row in rows) + "\n"


def _own(found: type) -> set[str]:
    """Return the names that a class and its bases of ours define: not those of `Mapping`."""
    ours = [base for base in found.__mro__ if base.__module__.startswith("kvariant.")]
    return {key for base in ours for key in vars(base)}


def _result(function: Any) -> str:
    result = inspect.get_annotations(function).get("return", "")
    return f": {result}".replace(": ", ": `") + "`" if result else ""


class _Annotation(str):
    """An annotation that is shown as it is written."""

    def __repr__(self) -> str:
        return str(self)


def _signature(function: Any) -> str:
    """Return a signature without self."""
    signature = inspect.signature(function)
    rest = [
        parameter.replace(
            annotation=_Annotation(parameter.annotation), default=_default_of(parameter)
        )
        for key, parameter in signature.parameters.items()
        if key not in ("self", "cls")
    ]
    result = signature.return_annotation
    shown = signature.replace(parameters=rest, return_annotation=_Annotation(result))
    found = str(shown).removesuffix(" -> None")
    return re.sub(r"<(\w+\.\w+): .*?>", r"\1", re.sub(r"<factory>|<object .*?>", "...", found))


def _default_of(parameter: inspect.Parameter) -> Any:
    """Return a default as it is to be shown: of a record of many fields nothing."""
    is_record = dataclasses.is_dataclass(parameter.default)
    return _Annotation("...") if is_record else parameter.default


def _paragraph(found: Any) -> str:
    """Return the first paragraph of a docstring on one line."""
    words = inspect.getdoc(found) or ""
    return re.sub(r"\s+", " ", words.partition("\n\n")[0])


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in documents().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    sys.exit(0)
