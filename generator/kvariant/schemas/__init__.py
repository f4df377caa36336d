# SPDX-License-Identifier: MIT
"""JSON schemas of the files that people write, of the lock, and of every `--json`.

They are in `files/`, written from the code: the project file's and the interface's from the
models that read them, the others from the records in this room, which say what each verb
prints. What reads files knows the models itself; nothing here is loaded for that.
"""

from __future__ import annotations

from importlib.resources import files

FILES = ("project", "interface", "lock")
"""Files of ours that have a schema."""
PRINTED = (
    "blame", "check", "clean", "coverage", "diff", "edit", "errors", "explain", "generate", "init",
    "matrix", "report", "reproduce", "review", "space", "sweep",
)  # fmt: skip
"""What verbs print with `--json`, by the verb; `errors` is what any of them prints instead."""
NAMES = (*FILES, *PRINTED)


def schema_text(name: str) -> str:
    """Return a schema as the package has it; `name` is one of `NAMES`."""
    return (files("kvariant.schemas") / f"files/{name}.json").read_text(encoding="utf-8")


__all__ = ["FILES", "NAMES", "PRINTED", "schema_text"]
