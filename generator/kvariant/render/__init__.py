# SPDX-License-Identifier: MIT
"""Rendering: Jinja2 templates, the helper tag, the interface, and the one writer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.loading import on_first_use

if TYPE_CHECKING:
    from kvariant.render.branches import Branch
    from kvariant.render.interface import Helper, Interface, InterfaceConstant
    from kvariant.render.records import manifested, recorded
    from kvariant.render.renderings import Renderings
    from kvariant.render.templates import Rendered, Templates
    from kvariant.render.writer import Change, Writer

__all__ = [
    "Branch",
    "Change",
    "Helper",
    "Interface",
    "InterfaceConstant",
    "Rendered",
    "Renderings",
    "Templates",
    "Writer",
    "manifested",
    "recorded",
]

__getattr__ = on_first_use(
    __name__,
    {
        "branches": ("Branch",),
        "interface": (
            "Helper",
            "Interface",
            "InterfaceConstant",
        ),
        "records": (
            "manifested",
            "recorded",
        ),
        "renderings": ("Renderings",),
        "templates": (
            "Rendered",
            "Templates",
        ),
        "writer": (
            "Change",
            "Writer",
        ),
    },
)
