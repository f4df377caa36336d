# SPDX-License-Identifier: MIT
"""Write the schemas from the code; CONTRIBUTING.md says how."""

from __future__ import annotations

from pathlib import Path

from kvariant.schemas.making import made

FOLDER = Path(__file__).parents[2] / "generator/kvariant/schemas/files"

if __name__ == "__main__":
    for name, text in made().items():
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
