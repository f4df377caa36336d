# SPDX-License-Identifier: MIT
"""Which symbols a matrix is about: specs, and what they mean in a tree.

    GLOB               symbols whose name matches, with or without the prefix
    reads:PATH         symbols that source text or a patch reads; - is standard input
    declared:KCONFIG   symbols that Kconfig files define
    menu:TITLE         symbols of a menu (menuconfig, choice) and of the menus in it
    templates          symbols that the project's templates read
    templates:branches these, and beside them the conditions of the templates' branches

PATH, KCONFIG and TITLE may be globs. A symbol is read where the text has its name
with the prefix (`CONFIG_X`, also in `IS_ENABLED(CONFIG_X)`; `CONFIG_X_MODULE` is X),
in BusyBox also as `ENABLE_X`, `IF_X(...)` and `IF_NOT_X(...)`,
and, in Kconfig text, where a definition or a condition names it. Of a patch, the
lines of its hunks count, context too, and the conditions under which its lines are
compiled, wherever they stand: makefiles, an `#if` far above. A commit's message does not.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import (
    Diagnostic,
    InputError,
    Location,
    Severity,
    did_you_mean,
    os_error,
    source_line,
)
from kvariant.kconfig.nearest_symbol import symbol_hint
from kvariant.project.glob_matches import paths_matching
from kvariant.regular_file import read_text
from kvariant.words import agreeing, counted

if TYPE_CHECKING:
    from kvariant.kconfig import Tree
    from kvariant.kconfig.branch_condition import BranchCondition
    from kvariant.render import Templates

_READS = "reads:"
BRANCHES = "templates:branches"
_HUNK = re.compile(r"^@@ .* @@", re.MULTILINE)
"""What makes a text a patch."""
_LISTED = 8
"""Unknown names that a warning lists."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One spec as it is written somewhere."""

    text: str
    folder: Path
    """What its path is relative to."""
    location: Location | None = None
    """Where it is written, None on the command line."""

    @property
    def is_name(self) -> bool:
        """Whether it names one symbol."""
        return re.fullmatch(r"\w+", self.text) is not None and self.text != "templates"


class Specs:
    """Specs over one tree."""

    def __init__(
        self,
        tree: Tree,
        templates: Templates | None,
        standard_input: Callable[[], str],
        around: Callable[[str], Collection[str]] = lambda _: (),
    ) -> None:
        """Take what specs refer to.

        Args:
            standard_input: read where a spec says so.
            around: the symbols of the conditions under which a patch's lines are compiled.
        """
        self._around = around
        self._tree = tree
        self._templates = templates
        self._standard_input = standard_input
        self._text: str | None = None
        self.warnings: list[Diagnostic] = []
        """Names that a text reads and the tree does not define."""

    def symbols(self, specs: Iterable[Spec], *, takes_branches: bool = False) -> tuple[str, ...]:
        """Return the symbols that specs mean, in Kconfig order.

        Args:
            takes_branches: whether who asks takes `conditions` too.

        Raises:
            InputError: specs that mean nothing, all at once.
        """
        found: set[str] = set()
        errors: list[Diagnostic] = []
        for spec in specs:
            try:
                if spec.text == BRANCHES and not takes_branches:
                    message = f"{BRANCHES} is for combinations: of a matrix, or of coverage"
                    raise _error(spec, message, "templates names the symbols alone")
                found.update(self._of(spec))
            except InputError as error:
                errors += error.diagnostics
        if errors:
            raise InputError(*errors)
        return tuple(name for name in self._tree.symbols if name in found)

    def conditions(
        self, specs: Iterable[Spec], chosen: Collection[str]
    ) -> tuple[BranchCondition, ...]:
        """Return the conditions that specs mean beside symbols, in the templates' order.

        One that hangs on a single chosen symbol is left out: each value of that is covered.

        Args:
            chosen: the symbols that are chosen by.
        """
        if self._templates is None or all(spec.text != BRANCHES for spec in specs):
            return ()
        known = self._tree.symbols
        read = [
            (one, [name for name in one.expression.symbols if name in known])
            for one in self._templates.branch_conditions
        ]
        self._warn_untold()
        return tuple(
            one for one, names in read if names and not (len(names) == 1 and names[0] in chosen)
        )

    def _warn_untold(self) -> None:
        assert self._templates is not None
        places = list(self._templates.untold())
        if not places:
            return
        shown = ", ".join(places[:_LISTED]) + (" ..." if len(places) > _LISTED else "")
        count = len(places)
        message = (
            f"{counted(count, 'template test hangs', 'template tests hang')} on more than "
            f"options can say, and {agreeing(count, 'counts', 'count')} as far as they do: {shown}"
        )
        warning = Diagnostic(message=message, code="branch-test", severity=Severity.WARNING)
        if warning not in self.warnings:
            self.warnings.append(warning)

    def read_by(self, specs: Sequence[Spec]) -> str:
        """Return what reads the symbols of specs that are all `reads:`, else ""."""
        paths = [spec.text.removeprefix(_READS) for spec in specs if spec.text.startswith(_READS)]
        if not paths or len(paths) < len(specs):
            return ""
        given = "the patch" if _HUNK.search(self._text or "") else "the text"
        return ", ".join(given if path == "-" else path for path in paths)

    def _of(self, spec: Spec) -> Iterable[str]:
        form, colon, rest = spec.text.partition(":")
        if form == "templates" and spec.text in ("templates", BRANCHES):
            return self._read_by_templates(spec)
        if not colon:
            return self._matching(spec)
        if form == "reads":
            return self._read(spec, rest)
        if form == "declared":
            return self._declared(spec, rest)
        if form == "menu":
            return self._menu(spec, rest)
        if form == "templates":
            hint = f"templates, or {BRANCHES} for the conditions of their branches too"
            raise _error(spec, f"no form of spec is called {spec.text}", hint)
        forms = ["reads", "declared", "menu"]
        listed = f"forms are GLOB, reads:PATH, declared:KCONFIG, menu:TITLE, templates, {BRANCHES}"
        raise _error(spec, f"no form of spec is called {form}:", did_you_mean(form, forms, listed))

    def _matching(self, spec: Spec) -> list[str]:
        known = list(self._tree.symbols)
        pattern = spec.text
        if self._tree.prefix and pattern.startswith(self._tree.prefix) and pattern not in known:
            pattern = pattern.removeprefix(self._tree.prefix)
        found = [name for name in known if fnmatch.fnmatchcase(name, pattern)]
        if not found:
            what = "is named" if spec.is_name else "matches"
            hint = symbol_hint(pattern, self._tree.symbols)
            raise _error(spec, f"no symbol {what} {pattern}", hint, "unknown-symbol")
        return found

    def _read_by_templates(self, spec: Spec) -> Sequence[str]:
        if self._templates is None:
            hint = "name symbols instead, for example with reads:PATH"
            raise _error(spec, "the project has no templates", hint)
        return self._templates.symbols

    def _read(self, spec: Spec, path: str) -> Sequence[str]:
        if path == "-":
            if self._text is None:
                self._text = self._standard_input()
            texts = [("", self._text)]
        else:
            texts = [(file.name, _contents(file)) for file in _files(spec, path)]
        found, unknown = symbols_read(self._tree, texts)
        for _, text in texts:
            if _HUNK.search(text):
                named = {*found, *self._around(text)}
                found = [name for name in self._tree.symbols if name in named]
        shown = ", ".join(unknown[:_LISTED]) + (" ..." if len(unknown) > _LISTED else "")
        what = "the text" if path == "-" else path
        if not found:
            message = f"{what} reads no symbol of the tree"
            known = self._tree.symbols
            hint = next((h for name in unknown if (h := symbol_hint(name, known))), "")
            if not unknown:
                spelled = f"{self._tree.prefix}NAME"
                hint = f"options are read where {spelled} stands; --symbols GLOB names them"
            raise _error(spec, f"{message}; it names {shown}" if unknown else message, hint)
        if unknown:
            self.warnings.append(
                Diagnostic(
                    message=f"{what} reads what is no symbol of the tree: {shown}",
                    code="unknown-symbol",
                    severity=Severity.WARNING,
                    location=spec.location,
                )
            )
        return found

    def _declared(self, spec: Spec, path: str) -> list[str]:
        read = {file.resolve(): file for file in self._tree.files}
        root = self._tree.path.parent
        files = {
            file.resolve() for folder in (spec.folder, root) for file in _matches(folder, path)
        }
        found = [
            name
            for resolved, file in read.items()
            if resolved in files
            for name in self._tree.declared(file)
        ]
        if not found:
            known = [os.path.relpath(file, root) for file in self._tree.files]
            raise _error(
                spec, f"no Kconfig file {path} defines a symbol", did_you_mean(path, known)
            )
        return found

    def _menu(self, spec: Spec, title: str) -> list[str]:
        menus = self._tree.menus
        titles = [t for t in menus if t == title] or [
            t for t in menus if fnmatch.fnmatchcase(t, title)
        ]
        if not titles:
            raise _error(spec, f"no menu is called {title!r}", did_you_mean(title, list(menus)))
        return [name for t in titles for name in menus[t]]


_CONDITION = re.compile(
    r"\s*(?:depends\s+on|visible\s+if|select|imply|default|def_bool|def_tristate|range|if"
    r"|(?:bool|tristate|int|hex|string|prompt)\b.*\bif)\s+(?P<terms>.*)"
)
_DEFINITION = re.compile(r"\s*(?:menu)?config\s+(?P<name>\w+)\s*$")
_NO_NAMES = re.compile(r"\"[^\"]*\"|'[^']*'|\$\([^)]*\)?|#.*")
"""Texts, macros and comments of a Kconfig line."""


def symbols_read(
    tree: Tree, texts: Collection[tuple[str, str]]
) -> tuple[Sequence[str], Sequence[str]]:
    """Return the symbols that texts read, in Kconfig order, and names that are no symbols, sorted.

    Args:
        tree: says which symbols there are, and how its sources spell them.
        texts: each with its file's name before it.
    """
    known = tree.symbols
    named = {name for file, text in texts for name in names_read(text, file, tree.prefix)}
    named = {n if n in known else n.removesuffix("_MODULE") for n in named}
    unknown = sorted(named - known.keys())
    # Words that begin so need not name symbols: what is none is no typing error.
    named |= names_begun(texts, tree.preset.macros)
    return [name for name in known if name in named], unknown


def names_begun(texts: Iterable[tuple[str, str]], beginnings: Collection[str]) -> set[str]:
    """Return what texts have behind any of some beginnings; it need not name symbols."""
    return {n for file, text in texts for b in beginnings for n in names_read(text, file, b)}


def names_read(text: str, filename: str, prefix: str) -> set[str]:
    """Return the names that a source text or a patch reads.

    Args:
        filename: says whether the text is Kconfig; a patch says it for each file.
        prefix: what stands before a symbol's name in sources.
    """
    names: set[str] = set()
    marked = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(prefix)}([A-Z0-9_]\w*)" if prefix
                        else r"\b([A-Z][A-Z0-9_]*)\b")  # fmt: skip
    for is_kconfig, line in _lines(text, filename):
        names.update(marked.findall(line))
        if is_kconfig:
            names.update(_kconfig_names(line))
    return names


def _kconfig_names(line: str) -> list[str]:
    if match := _DEFINITION.match(line):
        return [match["name"]]
    if match := _CONDITION.match(line):
        words = re.findall(r"\w+", _NO_NAMES.sub("", match["terms"]))
        return [w for w in words if not w.isdigit() and w not in ("if", "y", "n", "m", "on")]
    return []


def _lines(text: str, filename: str) -> Iterator[tuple[bool, str]]:
    """Yield the lines that count, with whether they are Kconfig."""
    if not _HUNK.search(text):
        for line in text.splitlines():
            yield _is_kconfig(filename), line
        return
    is_kconfig, left = False, [0, 0]
    for line in text.splitlines():
        if left == [0, 0]:
            if match := re.match(r"(?:---|\+\+\+) (\S+)", line):
                is_kconfig = _is_kconfig(match[1]) if match[1] != "/dev/null" else is_kconfig
            elif match := re.match(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@", line):
                left = [int(count or 1) for count in match.groups()]
            continue
        # Invariant: `left` is how many lines of the old and the new file the hunk still has.
        kind = line[:1] or " "
        if kind in " -":
            left[0] = max(0, left[0] - 1)
        if kind in " +":
            left[1] = max(0, left[1] - 1)
        yield is_kconfig, line[1:]


def _is_kconfig(path: str) -> bool:
    return path.rpartition("/")[2].startswith("Kconfig")


def _files(spec: Spec, path: str) -> list[Path]:
    files = [file for file in _matches(spec.folder, path) if file.is_file()]
    if not files:
        folder = (spec.folder / path).parent
        known = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
        raise _error(spec, f"no file matches {path}", did_you_mean(Path(path).name, known))
    return files


def _matches(folder: Path, pattern: str) -> list[Path]:
    return [Path(path) for path in paths_matching(str(folder / pattern))]


def _contents(path: Path) -> str:
    try:
        return read_text(path, "replace")
    except OSError as error:
        raise os_error(error, "cannot read the file") from None


def _error(spec: Spec, message: str, hint: str = "", code: str = "no-symbol") -> InputError:
    where = spec.location
    return InputError(
        Diagnostic(
            message=message,
            code=code,
            location=where,
            excerpt=source_line(where.path, where.line) if where else "",
            hint=hint,
        )
    )
