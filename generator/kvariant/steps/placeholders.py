# SPDX-License-Identifier: MIT
"""Placeholders of a step: `{out}` in what a user wrote becomes a path.

    "make -C {tree} O={out}"      text for sh: each value arrives as one word, whatever is in it
    ["make", "O={out}"]           no shell: put in as it is
    "{out}/**/.*.cmd"             a glob: a value's own * and ? mean themselves

Braces around anything but a known name (`${HOME}`, `{ cd x; }`, `awk '{ print }'`)
are the user's own; `{{` and `}}` stand for single ones around a known name.
"""

from __future__ import annotations

import glob
import re
import shlex
from collections.abc import Callable, Iterator, Mapping

from kvariant.errors import Diagnostic, InputError, Location, did_you_mean

NAMES = ("config", "out", "name", "tree", "results", "jobs")
_ENV = "env."
_PLACEHOLDER = re.compile(r"(\{\{|\}\})|(?<!\$)\{([A-Za-z][A-Za-z0-9_.]*)\}")

Replacements = Mapping[str, str]
"""Placeholder -> text: `out` -> `/tmp/x`, `env.ARCH` -> `x86`."""


def check_text(text: str, location: Location | None, *, is_shell: bool) -> None:
    """Refuse unknown placeholders, and for a shell those within quotes.

    The value is quoted when it is put in; within quotes of the user's it would
    not be, and what is in it could be obeyed.

    Raises:
        InputError: at the text's place [placeholder].
    """
    for match in _found(text):
        name = match[2]
        if name not in NAMES and not (name.startswith(_ENV) and len(name) > len(_ENV)):
            known = [*NAMES, "env.NAME"]
            raise InputError(
                Diagnostic(
                    message=f"no placeholder is called {{{name}}}",
                    code="placeholder",
                    location=location,
                    hint=did_you_mean(name, known, f"there are: {', '.join(known)}")
                    + f"; for the text itself write {{{{{name}}}}}",
                )
            )
        if is_shell and (mark := _quotes(text)[match.start()]):
            raise InputError(
                Diagnostic(
                    message=f"{{{name}}} stands within {mark}, where it cannot be quoted safely",
                    code="placeholder",
                    location=location,
                    hint="leave the quotes away: a placeholder is one word already",
                )
            )


def env_names(text: str) -> tuple[str, ...]:
    """Return the variables that a text's `{env.NAME}` name."""
    names = (match[2] for match in _found(text))
    return tuple(name.removeprefix(_ENV) for name in names if name.startswith(_ENV))


def uses(text: str, *names: str) -> bool:
    """Return whether a text has one of these placeholders."""
    return any(match[2] in names for match in _found(text))


def for_shell(text: str, values: Replacements) -> str:
    """Return a shell's text with every value quoted."""
    return _put(text, values, shlex.quote)


def for_glob(text: str, values: Replacements) -> str:
    """Return a glob in which the values mean themselves."""
    return _put(text, values, glob.escape)


def plain(text: str, values: Replacements) -> str:
    """Return a text with the values as they are."""
    return _put(text, values, str)


def _found(text: str) -> Iterator[re.Match[str]]:
    return (match for match in _PLACEHOLDER.finditer(text) if match[2])


def _put(text: str, values: Replacements, form: Callable[[str], str]) -> str:
    def value(match: re.Match[str]) -> str:
        return match[1][0] if match[1] else form(values[match[2]])

    return _PLACEHOLDER.sub(value, text)


_HERE = re.compile(r"(?<!<)<<-?[ \t]*[\\'\"]?(\w+).*\n(?P<text>(?s:.*?))^[ \t]*\1$", re.MULTILINE)


def _quotes(text: str) -> list[str]:
    """Return for each character within which quotes a shell reads it, "" for none.

    `"$(ls "{out}")"`: quotes open anew within a substitution, and a value's $( would be
    obeyed there. All of it counts as within the outer ones. Where a substitution has a
    lone parenthesis, more than that does: that refuses too much, and obeys nothing.
    """
    state, states, escaped, word = "", [], False, False
    inner: list[str] = []
    """What closes the substitutions that are open within "..."."""
    for index, character in enumerate(text):
        states.append(state and f"{'a comment' if state == '#' else state + '...' + state}")
        if escaped:
            escaped = False
        elif character == "\\" and state != "'":
            escaped = True
        elif state == "#":
            state = "" if character == "\n" else "#"
        elif inner and character == inner[-1]:
            inner.pop()
        elif state == '"' and character == "`":
            inner.append("`")
        elif state == '"' and character == "(" and (inner or text[index - 1] == "$"):
            inner.append(")")
        elif state:
            state = "" if character == state and not inner else state
        elif character in "'\"`" or (character == "#" and not word):
            state = character
        word = not character.isspace() and character not in ";&|()"
    for here in _HERE.finditer(text):
        if not states[here.start()]:
            start, end = here.span("text")
            states[start:end] = ["a here-document"] * (end - start)
    return states
