# SPDX-License-Identifier: MIT
"""Whether what a verb prints with --json is what its schema says."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema

from kvariant.schemas import PRINTED, schema_text

OTHERS = ("schema",)
"""Verbs that print JSON which is no record of ours."""


@cache
def validator(name: str) -> Any:
    """Return what a schema says yes and no to."""
    schema = json.loads(schema_text(name))
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def disagreement(verb: str | None, text: str) -> str:
    """Return in words where a text is not as its verb's schema says, "" where it is.

    What is no JSON at all is somebody's own text: a variant may be called `{`.
    """
    try:
        record = json.loads(text)
    except ValueError:
        return ""
    if "errors" in record:
        return _said("errors", record)
    if verb in OTHERS:
        return ""
    assert verb in PRINTED, f"{verb} prints JSON and has no schema"
    return _said(verb, record)


def disagreement_of(command: object, printed: object) -> str:
    """Return the same of what a process has printed, "" where its command is no verb of ours."""
    words = [str(word) for word in command] if isinstance(command, (list, tuple)) else []
    own = words[: words.index("--")] if "--" in words else words
    if "--json" not in own or not printed:
        return ""
    text = printed.decode(errors="replace") if isinstance(printed, bytes) else str(printed)
    verb = next((word for word in own if word in PRINTED or word in OTHERS), None)
    return disagreement(verb, text) if verb and text.startswith("{") else ""


def _said(name: str, record: Any) -> str:
    found = jsonschema.exceptions.best_match(validator(name).iter_errors(record))
    return f"{name}: {found.json_path}: {found.message[:400]}" if found else ""
