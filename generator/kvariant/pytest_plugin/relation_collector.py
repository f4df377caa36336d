# SPDX-License-Identifier: MIT
"""Collects the tests of the relations, which are in no file of the project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from kvariant.pytest_plugin.session import Session

RELATIONS = "relations"
"""How the ids of these tests begin."""


def collected(session: pytest.Session, own: Session) -> list[pytest.Item]:
    """Return the tests of the relations that a project has, one for each variant."""
    from kvariant.pytest_plugin import relation_tests

    relations = own.relations
    assert relations is not None
    session.config.stash[relation_tests.RELATIONS] = relations
    session.config.stash[relation_tests.PROJECT] = own.project
    session.config.stash[relation_tests.VARIANTS] = own.matrix
    module = _RelationTests.from_parent(
        session, name=RELATIONS, path=Path(relation_tests.__file__), nodeid=RELATIONS
    )
    wanted = {
        "test_stubs": relations.stubs and any(h.stub for h in relations.interface.helpers),
        "test_languages": relations.languages
        and any(len(outputs) > 1 for outputs in relations.interface.modules.values()),
        "test_relation": any(r.kind != "unchanged" for r in relations.declared.values()),
        "test_unchanged": any(r.kind == "unchanged" for r in relations.declared.values()),
    }
    return [
        item
        for item in session.genitems(module)
        if isinstance(item, pytest.Function) and wanted[item.originalname]
    ]


class _RelationTests(pytest.Module):
    """The module of these tests, whatever the project calls its own."""

    def _getobj(self) -> object:
        from kvariant.pytest_plugin import relation_tests

        return relation_tests
