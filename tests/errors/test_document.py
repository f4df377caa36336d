"""docs/errors.md is what the tests hold."""

from __future__ import annotations

from .document import DOCUMENT, document_text


def test_document() -> None:
    """The document is fresh: `python tests/errors/document.py` writes it."""
    assert document_text() == DOCUMENT.read_text(encoding="utf-8")
