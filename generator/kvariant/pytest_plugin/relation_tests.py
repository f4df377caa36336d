# SPDX-License-Identifier: MIT
"""Tests of ours that run in every variant of a project with an interface; see `relations`.

The plugin collects them beside the project's own, as `relations::test_...`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kvariant.errors import KvariantError
from kvariant.pytest_plugin.reads import unheard
from kvariant.pytest_plugin.relation_checks import Subject, broken, changed, languages, stubs
from kvariant.pytest_plugin.relation_counterparts import Counterparts, differing
from kvariant.render import Interface
from kvariant.render.interface import FILE
from kvariant.render.relations import Relations, Unchanged

if TYPE_CHECKING:
    from kvariant.pytest_plugin.variant_fixture import VariantView

SHOWN = 5
"""Lines of one broken relation that are shown; how many there are is always said."""


def relations_of(templates: Path | None) -> Relations | None:
    """Return the relations of a project's interface, None where it has none.

    Raises:
        InputError: one of its files is not valid.
    """
    if templates is None or not (templates / FILE).is_file():
        return None
    with unheard():  # in the variant's files, and in the key of its tests
        return Relations.read(templates, Interface.read(templates / FILE))


@pytest.fixture(scope="session")
def _subjects() -> dict[str, Subject]:
    """Return where the last variant is kept, with all that its helpers have answered."""
    return {}


@pytest.fixture
def subject(variant: VariantView, request: pytest.FixtureRequest, _subjects: Any) -> Subject:
    """Return the variant as the relations see it."""
    if variant.name not in _subjects:
        _subjects.clear()
        _subjects[variant.name] = Subject(variant, request.config.stash[RELATIONS])
    found: Subject = _subjects[variant.name]
    return found


@pytest.fixture(scope="session")
def counterparts(request: pytest.FixtureRequest) -> Iterator[Counterparts]:
    """Return what makes a variant with one option more."""
    relations: Relations = request.config.stash[RELATIONS]
    made = Counterparts(request.config.stash[PROJECT], relations.interface)
    yield made
    made.close()


def test_stubs(subject: Subject) -> None:
    """Every stub answers what is declared of it, whatever it is asked."""
    _verify("stubs", lambda: stubs(subject))


def test_languages(subject: Subject) -> None:
    """What is there in two languages is there in both, and answers alike."""
    _verify("languages", lambda: languages(subject))


def test_relation(subject: Subject, relation: str) -> None:
    """A relation of the file holds."""
    declared = subject.relations.declared[relation]
    _verify(relation, lambda: broken(declared, subject), subject.relations.place(relation))


def test_unchanged(
    subject: Subject, relation: str, counterparts: Counterparts, request: pytest.FixtureRequest
) -> None:
    """An option that is added changes no answer that it must not."""
    declared = subject.relations.declared[relation]
    assert isinstance(declared, Unchanged)
    variant = request.config.stash[VARIANTS].variants[subject.variant.name]

    def lines() -> Iterator[str]:
        view = counterparts.of(variant, declared.adding)
        if view is not None:
            more = ", ".join(differing(variant.configuration, view.config))
            found = list(changed(declared, subject, Subject(view, subject.relations)))
            yield from (f"{line} with {declared.adding}=y" for line in found)
            if found:
                yield f"the pair: {variant.name} and the same with {more}"

    _verify(relation, lines, subject.relations.place(relation))


def _verify(name: str, look: Callable[[], Iterable[str]], place: str = "") -> None:
    """Fail in words if there is a line to say, or if a variant cannot be looked at."""
    try:
        lines = list(look())
    except KvariantError as error:
        pytest.fail(str(error), pytrace=False)
    if lines:
        where = f"{place}: " if place else ""
        shown = [f"    {line}" for line in (*lines[:SHOWN], *lines[SHOWN:][-1:])]
        if len(lines) > SHOWN + 1:
            shown.insert(SHOWN, f"    and {len(lines) - SHOWN - 1} more")
        message = "\n".join([f"{where}error: {name} is broken [relation]", *shown])
        pytest.fail(message, pytrace=False)


RELATIONS = pytest.StashKey[Relations]()
PROJECT = pytest.StashKey[Any]()
VARIANTS = pytest.StashKey[Any]()
