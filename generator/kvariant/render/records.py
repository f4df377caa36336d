# SPDX-License-Identifier: MIT
"""Records: the files of a variant that list everything and distinguish nothing.

`variant.json` is also how the writer knows a folder as its own: it holds the
SHA-256 of every file written beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from kvariant.kconfig import Configuration, Tree
from kvariant.render.templates import Rendered

MANIFEST = "variant.json"
FORMAT = 1


def recorded(
    tree: Tree, configuration: Configuration, rendered: Rendered | None
) -> Mapping[str, str]:
    """Return all files of a variant, path -> text: rendered files and records."""
    files = dict(rendered.files) if rendered else {}
    files[".config"] = tree.config_text(configuration)
    files["include/generated/autoconf.h"] = tree.header_text(configuration)
    manifest = {
        "format": FORMAT,
        "assignment": dict(configuration.assignment),
        "configuration": dict(configuration),
        "files": {path: sha256(files[path]) for path in sorted(files)},
    }
    files[MANIFEST] = json.dumps(manifest, indent=1) + "\n"
    return files


def sha256(text: str) -> str:
    """Return the digest of a text as UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def manifest_files(folder: Path) -> tuple[str, ...] | None:
    """Return the files that `folder`'s manifest lists, None if it has no manifest of ours."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = manifest["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return (*files, MANIFEST) if isinstance(files, dict) else None
