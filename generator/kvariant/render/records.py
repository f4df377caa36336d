# SPDX-License-Identifier: MIT
"""Records: the files of a variant that list everything and distinguish nothing.

`variant.json` is also how the writer knows a folder as its own: it holds the
SHA-256 of every file written beside it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from kvariant.digest import text_digest
from kvariant.errors import (
    InputError,
    Location,
    is_of_the_machine,
    newer_format,
    os_error,
)
from kvariant.kconfig.negatives import own_header
from kvariant.regular_file import read_text, record_of, require_readable

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration, Tree
    from kvariant.render.templates import Rendered

MANIFEST = "variant.json"
RESERVED = (".config", "include/generated/autoconf.h", MANIFEST)
"""What is written beside the rendered files."""
FORMAT = 1


def recorded(
    tree: Tree, configuration: Configuration, rendered: Rendered | None
) -> Mapping[str, str]:
    """Return all files of a variant, path -> text: rendered files and records."""
    files = dict(rendered.files) if rendered else {}
    files[".config"] = tree.config_text(configuration)
    files["include/generated/autoconf.h"] = own_header(tree, configuration)
    return manifested(
        files,
        dialect=tree.dialect.label,
        assignment=dict(configuration.assignment),
        configuration=dict(configuration),
    )


def manifested(files: Mapping[str, str], **facts: object) -> Mapping[str, str]:
    """Return files with the manifest by which the writer knows their folder as its own."""
    digests = {path: text_digest(files[path]) for path in sorted(files)}
    manifest = {"format": FORMAT, **facts, "files": digests}
    return {**files, MANIFEST: _indented(manifest) + "\n"}


def _indented(value: object, margin: str = "\n") -> str:
    """Return what `json.dumps(value, indent=1)` returns, which takes ten times as long."""
    if isinstance(value, dict) and value and all(type(key) is str for key in value):
        inner = margin + " "
        text = json.encoder.encode_basestring_ascii
        rows = (
            f"{text(key)}: {text(own) if type(own) is str else _indented(own, inner)}"
            for key, own in value.items()
        )
        return "{" + inner + ("," + inner).join(rows) + margin + "}"
    return json.dumps(value, indent=1).replace("\n", margin)


def manifest_files(folder: Path, name: str = MANIFEST) -> tuple[str, ...] | None:
    """Return the files that `folder`'s manifest lists, itself last; None if it has none of ours.

    A manifest that lists a file outside its folder is none: we would remove it.

    Raises:
        InputError: it is of a newer format [newer-format].
        MissingError: too many files are open [machine].
    """
    path = folder / name
    try:
        manifest = json.loads(read_text(path))
        files, found = manifest["files"], manifest.get("format", FORMAT)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, OSError) and is_of_the_machine(error):
            raise os_error(error, "cannot read the variant") from None
        return None
    if isinstance(found, int) and found > FORMAT:
        raise InputError(newer_format(found, Location(str(path))))
    if not isinstance(files, dict) or not all(map(_is_inside, files)):
        return None
    return (*files, name)


def written_files(folder: Path) -> dict[str, str]:
    """Return the files of a written variant but its manifest: path -> text."""
    return {
        path: read_text(folder / path) for path in manifest_files(folder) or () if path != MANIFEST
    }


def is_intact(folder: Path) -> bool:
    """Return whether every file of a variant is as its manifest says."""
    try:
        digests = (record_of(folder / MANIFEST) or {})["files"]
        files = written_files(folder).items()
        return all(text_digest(text) == digests[path] for path, text in files)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def manifest_fact(folder: Path, key: str, name: str = MANIFEST) -> str:
    """Return a text of `folder`'s manifest, "" where there is none."""
    try:
        found = json.loads(read_text(folder / name))[key]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return found if isinstance(found, str) else ""


def is_ours(folder: Path, name: str = MANIFEST) -> bool:
    """Return whether a folder has a manifest of ours, whole or damaged.

    Raises:
        InputError: it is of a newer format [newer-format].
    """
    return is_damaged(folder, name) or manifest_files(folder, name) is not None


def is_damaged(folder: Path, name: str = MANIFEST) -> bool:
    """Return whether a folder has a manifest of ours as a power failure may leave it.

    File systems may note a file's size before its content: then it is empty, or zeros, or ends
    within a line.
    """
    try:
        require_readable(folder / name)
        text = (folder / name).read_bytes().rstrip(b"\0")
    except OSError:
        return False
    if text and not text.startswith(_BEGINNING):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return True
    return False


_BEGINNING = b'{\n "format": '
"""How every manifest of ours begins."""


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts
