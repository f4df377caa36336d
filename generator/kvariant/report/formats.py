# SPDX-License-Identifier: MIT
"""The formats in which reports are read. A new one is a module with a renderer, and a line here.

`kvariant report` has an option for each that says what it is for, and finds it by its name.
"""

from __future__ import annotations

from collections.abc import Mapping

from kvariant.report.annotations import Annotations
from kvariant.report.code_quality import CodeQuality
from kvariant.report.document import Renderer
from kvariant.report.html import Html
from kvariant.report.json import Json
from kvariant.report.junit import Junit
from kvariant.report.mail import Mail
from kvariant.report.markdown import Markdown
from kvariant.report.sarif import Sarif
from kvariant.report.terminal import Terminal

_RENDERERS: tuple[Renderer, ...] = (
    Terminal(),
    Json(),
    Markdown(),
    Mail(),
    Html(),
    Junit(),
    Sarif(),
    CodeQuality(),
    Annotations(),
)

FORMATS: Mapping[str, Renderer] = {renderer.name: renderer for renderer in _RENDERERS}
"""By name, in the order in which options list them."""
