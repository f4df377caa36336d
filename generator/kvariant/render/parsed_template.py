# SPDX-License-Identifier: MIT
"""A template as Jinja2 parses it, with what it reads, includes and defines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2
from jinja2 import meta, nodes

from kvariant.errors import Diagnostic, Location, not_utf8, os_error, source_line
from kvariant.regular_file import read_text
from kvariant.render.tags import Definition, definitions

SUFFIX = ".j2"
_WORD = re.compile(r"\w+")
_TAG = re.compile(r"\{[%{].*?(?:[%}]\}|$)")
_TEXT = re.compile(r"'[^']*'|\"[^\"]*\"")
_OFFSET = re.compile(r"(?<=^unexpected char '.') at \d+$")
_OPERATORS = {"&&": "and", "||": "or", "!": "not"}
"""How Kconfig and C write what Jinja2 has words for."""
_OPERATOR = re.compile(r"&&|\|\||!(?!=)")


@dataclass(frozen=True, slots=True)
class ParsedTemplate:
    """One template, read and not yet checked against its folder."""

    name: str
    """Path below the folder, with the suffix."""
    tree: nodes.Template
    names: frozenset[str]
    """What it reads and does not set itself."""
    references: tuple[str, ...]
    """Templates it includes, imports or extends."""
    definitions: tuple[Definition, ...]
    words: frozenset[str]
    """What may be the name of a helper or a constant in it."""

    @property
    def output(self) -> str:
        """Path of the file that it renders to, relative to the variant's folder."""
        return self.name.removesuffix(SUFFIX)

    @property
    def is_partial(self) -> bool:
        """Whether it is included by others and renders to no file of its own."""
        # `__init__.py` is a module's name, not a partial's.
        return any(
            part.startswith("_") and not part.startswith("__") for part in self.name.split("/")
        )


def parsed_templates(
    folder: Path, environment: jinja2.Environment, errors: list[Diagnostic]
) -> Mapping[str, ParsedTemplate]:
    """Return every template below a folder by its name, sorted; `errors` takes what is wrong.

    Raises:
        MissingError: one cannot be read.
    """
    found: dict[str, ParsedTemplate] = {}
    for path in sorted(folder.rglob(f"*{SUFFIX}")):
        name = path.relative_to(folder).as_posix()
        try:
            text = read_text(path)
            tree = environment.parse(text, name, str(path))
            names = frozenset(meta.find_undeclared_variables(tree))  # finds unknown filters
        except jinja2.TemplateSyntaxError as error:
            errors.append(_syntax_error(path, error.lineno, error.message or "syntax error", text))
            continue
        except UnicodeDecodeError:
            errors.append(not_utf8(path))
            continue
        except OSError as error:
            raise os_error(error, "cannot read the template") from None
        references = tuple(_references(path, tree, errors))
        words = frozenset(_WORD.findall(text))
        found[name] = ParsedTemplate(name, tree, names, references, tuple(definitions(tree)), words)
    return found


def _syntax_error(path: Path, line: int, message: str, text: str) -> Diagnostic:
    """Return what Jinja2 says of a line, with its words where the line has Kconfig's or C's."""
    # Where in the file the character is counts for nobody: the line is shown.
    message = _OFFSET.sub("", message)
    tags = "".join(_TAG.findall("".join(text.splitlines()[line - 1 : line])))
    met = dict.fromkeys(_OPERATOR.findall(_TEXT.sub("", tags)))
    hint = ", ".join(f"{_OPERATORS[one]!r} for {one!r}" for one in met)
    hint = hint and f"in a template write {hint}"
    return template_error(path, line, message, "template-syntax", hint)


def _references(path: Path, tree: nodes.Template, errors: list[Diagnostic]) -> Iterator[str]:
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        target = getattr(node, "template", None)
        if not isinstance(target, nodes.Const):
            errors.append(
                template_error(
                    path,
                    node.lineno,
                    "the name of an included template must be a plain string",
                    "dynamic-template",
                    hint="what a template reads must be known without rendering it",
                )
            )
            continue
        yield str(target.value)


def template_error(
    path: Path | str, line: int, message: str, code: str, hint: str = ""
) -> Diagnostic:
    """Return an error with the line of the template that it is about."""
    return Diagnostic(
        message=message,
        code=code,
        location=Location(str(path), line),
        excerpt=source_line(path, line),
        hint=hint,
    )


def line_of(tree: nodes.Template, name: str) -> int:
    """Return where a template names another one, 0 if it does not."""
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        target = getattr(node, "template", None)
        if isinstance(target, nodes.Const) and target.value == name:
            return node.lineno
    return 0
