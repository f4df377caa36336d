# SPDX-License-Identifier: MIT
"""Records: the files of a variant that list everything and distinguish nothing.

`variant.json` is also how the writer knows a folder as its own: it holds the
SHA-256 of every file written beside it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from kvariant.digest import text_digest
from kvariant.errors import Diagnostic, InputError, Location
from kvariant.kconfig import Configuration, Tree
from kvariant.kconfig.negatives import own_header
from kvariant.render.templates import Rendered

MANIFEST = "variant.json"
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
    return {**files, MANIFEST: json.dumps(manifest, indent=1) + "\n"}


def manifest_files(folder: Path, name: str = MANIFEST) -> tuple[str, ...] | None:
    """Return the files that `folder`'s manifest lists, itself last; None if it has none of ours.

    A manifest that lists a file outside its folder is none: we would remove it.

    Raises:
        InputError: it is of a newer format [newer-format].
    """
    path = folder / name
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        files, found = manifest["files"], manifest.get("format", FORMAT)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if isinstance(found, int) and found > FORMAT:
        raise InputError(
            Diagnostic(
                message=f"format {found} is newer than this kvariant knows",
                code="newer-format",
                location=Location(str(path)),
                hint="upgrade kvariant",
            )
        )
    if not isinstance(files, dict) or not all(map(_is_inside, files)):
        return None
    return (*files, name)


def manifest_fact(folder: Path, key: str, name: str = MANIFEST) -> str:
    """Return a text of `folder`'s manifest, "" where there is none."""
    try:
        found = json.loads((folder / name).read_text(encoding="utf-8"))[key]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return found if isinstance(found, str) else ""


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts
