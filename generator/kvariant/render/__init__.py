# SPDX-License-Identifier: MIT
"""Rendering: Jinja2 templates, the helper tag, the interface, and the one writer."""

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
