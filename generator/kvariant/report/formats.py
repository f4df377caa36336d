# SPDX-License-Identifier: MIT
"""The formats in which reports are read. A new one is a module with a renderer, and a line here.

`kvariant report` has an option for each that says what it is for, and finds it by its name.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.report.annotations import Annotations
from kvariant.report.code_quality import CodeQuality
from kvariant.report.json import Json
from kvariant.report.junit import Junit
from kvariant.report.mail import Mail
from kvariant.report.markdown import Markdown
from kvariant.report.sarif import Sarif
from kvariant.report.terminal import Terminal

if TYPE_CHECKING:
    from kvariant.report.document import Renderer, ReportDocument


@dataclass(frozen=True, slots=True)
class LoadedOnUse:
    """A renderer that takes a while to load: `--help` and what is printed do without."""

    name: str
    help: str
    is_file: bool
    home: str
    """Its module and class: `html.Html`."""

    def loaded(self) -> Renderer:
        """Return the renderer itself."""
        module, _, name = self.home.partition(".")
        renderer: Renderer = getattr(importlib.import_module(f"kvariant.report.{module}"), name)()
        return renderer

    def render(self, document: ReportDocument) -> str:
        return self.loaded().render(document)


_RENDERERS: tuple[Renderer, ...] = (
    Terminal(),
    Json(),
    Markdown(),
    Mail(),
    LoadedOnUse("html", "Write one page to look at as well", is_file=True, home="html.Html"),
    Junit(),
    Sarif(),
    CodeQuality(),
    Annotations(),
)

FORMATS: Mapping[str, Renderer] = {renderer.name: renderer for renderer in _RENDERERS}
"""By name, in the order in which options list them."""
