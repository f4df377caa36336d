# SPDX-License-Identifier: MIT
"""A variant's helpers in one language, by their first names, over words."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from kvariant.build import existing_constants, existing_helpers
from kvariant.render import Helper, Interface, InterfaceConstant
from kvariant.render.relations import WORD, Fields, Relations

if TYPE_CHECKING:
    from kvariant.pytest_plugin.relation_inputs import Calls
    from kvariant.pytest_plugin.variant_fixture import VariantView

_Item = TypeVar("_Item", Helper, InterfaceConstant)
Answer = int | str
"""A 64-bit word, or what a helper did instead of giving one."""


class RelationSide(Protocol):
    """The helpers that one language has, and what they answer."""

    language: str

    @property
    def helpers(self) -> Mapping[str, Helper]:
        """The declared helpers that are there, by first names."""

    @property
    def constants(self) -> Mapping[str, int]:
        """The declared constants that are there, by first names."""

    def answers(self, name: str, calls: Calls) -> list[Answer]:
        """Return what a helper answers to each call."""


class CSide:
    """The exported C helpers."""

    language = "c"

    def __init__(self, variant: VariantView, interface: Interface) -> None:
        self._variant = variant
        self._interface = interface

    @cached_property
    def helpers(self) -> Mapping[str, Helper]:
        there = {h.name for h in existing_helpers(self._interface, self._variant.config)}
        return _there(self._interface.helpers, self._variant, there)

    @cached_property
    def constants(self) -> Mapping[str, int]:
        there = {c.name for c in existing_constants(self._interface, self._variant.config)}
        found = _there(self._interface.constants, self._variant, there)
        return {
            name: getattr(self._variant.c, constant.name_in(self._variant.config))
            for name, constant in found.items()
        }

    def answers(self, name: str, calls: Calls) -> list[Answer]:
        function = getattr(self._variant.c, self.helpers[name].name_in(self._variant.config))
        return [int(function(*words)) for words in calls.words]


class PythonSide:
    """The helpers of the generated Python modules."""

    language = "python"

    def __init__(self, variant: VariantView, relations: Relations) -> None:
        self._variant = variant
        self._relations = relations
        self._interface = relations.interface

    @cached_property
    def helpers(self) -> Mapping[str, Helper]:
        names = (h.name_in(self._variant.config) for h in self._interface.helpers)
        return _there(self._interface.helpers, self._variant, set(names), self._has)

    @cached_property
    def constants(self) -> Mapping[str, int]:
        names = (c.name_in(self._variant.config) for c in self._interface.constants)
        found = _there(self._interface.constants, self._variant, set(names), self._has)
        return {name: self._get(item) for name, item in found.items()}

    def answers(self, name: str, calls: Calls) -> list[Answer]:
        helper = self.helpers[name]
        function = self._get(helper)
        makers = [self._maker(argument.type) for argument in helper.arguments]
        found: list[Answer]
        if makers == [_itself]:
            try:
                return [function(value) & WORD for ((value,),) in calls.values]
            except Exception:  # one by one then, to see which
                found = []
        found = []
        for call in calls.values:
            try:
                values = [make(*one) for make, one in zip(makers, call, strict=True)]
                found.append(_word(function(*values)))
            except Exception as error:  # whatever a helper raises is no answer
                found.append(f"{type(error).__name__}: {error}")
        return found

    def _maker(self, type_name: str) -> Callable[..., object]:
        listed = self._relations.inputs.get(type_name)
        if not isinstance(listed, Fields):
            return _itself
        module, _, attribute = listed.python.rpartition(".")
        made: Callable[..., object] = getattr(getattr(self._variant.python, module), attribute)
        return made

    def _get(self, item: Helper | InterfaceConstant) -> Any:
        name = item.name_in(self._variant.config)
        return getattr(getattr(self._variant.python, item.module), name)

    def _has(self, item: Helper | InterfaceConstant) -> bool:
        if "python" not in self._interface.outputs(item.module):
            return False
        module = getattr(self._variant.python, item.module)
        return hasattr(module, item.name_in(self._variant.config))


def sides(variant: VariantView, relations: Relations) -> tuple[RelationSide, ...]:
    """Return the languages of a variant's public helpers: Python, and C where it can be built."""
    interface = relations.interface
    languages = {
        language
        for item in interface.items
        if not item.private
        for language in interface.outputs(item.module)
    }
    found: list[RelationSide] = []
    if "c" in languages and interface.library and shutil.which("gcc"):
        found.append(CSide(variant, interface))
    if "python" in languages:
        found.append(PythonSide(variant, relations))
    return tuple(found)


def _there(
    items: Sequence[_Item],
    variant: VariantView,
    there: set[str],
    has: Callable[[_Item], bool] | None = None,
) -> Mapping[str, _Item]:
    configuration = variant.config
    return {
        item.name: item
        for item in items
        if not item.private
        and configuration.satisfies(item.exists)
        and item.name_in(configuration) in there
        and (has is None or has(item))
    }


def _word(value: object) -> Answer:
    return value & WORD if isinstance(value, int) else f"{value!r}, which is no number"


def _itself(value: object) -> object:
    return value
