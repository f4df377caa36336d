# SPDX-License-Identifier: MIT
"""Many configurations rendered, each file once for all that agree in what it reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kvariant.digest import text_digest
from kvariant.kconfig import Configuration

if TYPE_CHECKING:
    from kvariant.render.templates import Templates


class Renderings:
    """Digests of what configurations render to.

    A file's text depends on the symbols that its template reads and on nothing else
    (`Templates.read_by`), so that thousands of configurations need but a few
    renderings of each file.
    """

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._reads = {output: templates.read_by(output) for output in templates.outputs}
        self._digests: dict[tuple[str, ...], str] = {}

    def key(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """Return a digest for each file: equal for configurations that are the same code.

        Args:
            values: the value of every symbol that the templates read, or of more.

        Raises:
            InputError: a template fails on these values.
        """
        return tuple(self._digest(output, values) for output in self._reads)

    def _digest(self, output: str, values: Mapping[str, str]) -> str:
        reads = self._reads[output]
        known = (output, *(values[name] for name in reads))
        if known not in self._digests:
            types = self._templates.types
            configuration = Configuration(
                values_={name: values[name] for name in reads}, types=types, assignment={}
            )
            self._digests[known] = text_digest(self._templates.text(output, configuration))
        return self._digests[known]
