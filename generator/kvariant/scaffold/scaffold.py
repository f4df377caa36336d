# SPDX-License-Identifier: MIT
"""What `kvariant init` writes: a small working project, or the file that adopts a tree.

The files themselves are in `files/`, to be read and changed as they are; what
depends on the language is filled in here.
"""

from __future__ import annotations

import enum
import json
import shlex
import string
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import PurePosixPath

_FILES = files("kvariant.scaffold") / "files"
_TABLE = "tool.kvariant"

CONFIGS, TEMPLATES = "configs", "templates"
"""The folders of a new project that are its own: it takes whatever lies in them."""


class ScaffoldLanguage(enum.Enum):
    """What a new project generates."""

    PYTHON = "python"
    C = "c"
    BOTH = "both"

    @property
    def has_python(self) -> bool:
        """Whether Python is generated."""
        return self is not ScaffoldLanguage.C

    @property
    def has_c(self) -> bool:
        """Whether C is generated."""
        return self is not ScaffoldLanguage.PYTHON


_FIXTURES = {
    ScaffoldLanguage.PYTHON: """\
@pytest.fixture
def invoice(variant):
    return variant.python.invoice""",
    ScaffoldLanguage.C: """\
@pytest.fixture
def invoice(variant):
    return variant.c""",
    ScaffoldLanguage.BOTH: """\
@pytest.fixture(params=["python", "c"])
def invoice(request, variant):
    return variant.python.invoice if request.param == "python" else variant.c""",
}


def new_project(
    language: ScaffoldLanguage, configs: str = CONFIGS, templates: str = TEMPLATES
) -> Mapping[str, str]:
    """Return the files of a small working project: path -> text; the table of the project file too.

    The table is under `pyproject.toml`, to be appended where there is one already.

    Args:
        configs: the folder of the fragments; it must hold no others, as all are variants.
        templates: the folder of the templates; all in it are rendered.
    """
    found = {
        "Kconfig": _text("Kconfig"),
        f"{configs}/base.config": _text("configs/base.config"),
        f"{configs}/acme.config": _text("configs/acme.config"),
        f"{templates}/interface.toml": _filled(
            "templates/interface.toml",
            library="invoice" if language.has_c else "",
            modules=_spelled(language, "invoice.py", "invoice.h"),
            bool=_spelled(language, "bool", "bool"),
            number=_spelled(language, "int", "unsigned long"),
        ),
    }
    if language.has_python:
        found[f"{templates}/invoice.py.j2"] = _text("templates/invoice.py.j2")
    if language.has_c:
        found[f"{templates}/invoice.h.j2"] = _text("templates/invoice.h.j2")
    found["tests/test_invoice.py"] = _filled(
        "tests/test_invoice.py.txt", invoice=_FIXTURES[language]
    )
    found["pyproject.toml"] = _filled("project.toml", configs=configs, templates=templates)
    return found


def adopting(kconfig: PurePosixPath, configs: Sequence[str], preset: str) -> str:
    """Return the table that adopts a tree: its entry file and the configs found beside it."""
    listed = ", ".join(json.dumps(glob) for glob in configs)
    return (
        f"[{_TABLE}]\n"
        f"kconfig = {json.dumps(str(kconfig))}   # a {preset} tree\n"
        f"configs = [{listed}]\n"
    )


def workflow(matrix: str, state: str, folder: str) -> str:
    """Return the GitHub workflow that sweeps a matrix in jobs side by side.

    Args:
        state: the state folder, relative to the project's.
        folder: the project's, relative to the repository's; "": they are one.
    """
    defaults = f"\ndefaults:\n  run:\n    working-directory: {folder}\n" if folder else ""
    parts = {
        "defaults": defaults,
        "matrix": matrix,
        "state": state,
        "folder": f"{folder}/" if folder else "",
    }
    return _replaced("ci/github.yml", parts)


def gitlab_pipeline(matrix: str, folder: str) -> str:
    """Return `.gitlab-ci.yml`: it plans the jobs, and runs them as a child pipeline.

    Args:
        folder: the project's, relative to the repository's; "": they are one.
    """
    top = "../" * len(PurePosixPath(folder).parts)
    return _replaced("ci/gitlab.yml", {"matrix": matrix, "enter": _enter(folder), "top": top})


def gitlab_jobs(
    words: Sequence[str], require: str, *, variants: int, jobs: int, state: str, folder: str
) -> str:
    """Return the child pipeline: jobs that sweep a shard each, then one that reports.

    The number of jobs is `parallel`, not a matrix: its variables may be too long, and then no
    pipeline is made, silently. The report is a stage of its own: `needs` takes 50 jobs at most.

    Args:
        words: what chooses the variants, after `kvariant sweep`.
        require: the matrix whose variants all have to report; "": nothing is known of them.
        state: the state folder, relative to where the jobs run.
        folder: where they run, relative to the repository's top folder; "": there.
    """
    shard = '--shard "${CI_NODE_INDEX:-1}/${CI_NODE_TOTAL:-1}"'
    required = f"--require {shlex.quote(require)} " if require else ""
    files = "--junit junit.xml --code-quality code-quality.json --html report.html"
    results = shlex.quote(f"{state}/results.sqlite")
    below = f"{folder}/" if folder else ""
    parts = {
        "count": f"{variants:,}",
        "jobs": f"{jobs}",
        "enter": _enter(folder),
        "sweep": _quoted(f"{shlex.join(['kvariant', 'sweep', *words])} {shard}"),
        "keep": _quoted(f'cp {results} "sweep-${{CI_NODE_INDEX:-1}}.sqlite"'),
        "report": _quoted(f"kvariant report sweep-*.sqlite {required}{files}"),
        "state": _quoted(f"{below}{state}"),
        "results": _quoted(f"{below}sweep-*.sqlite"),
        "page": _quoted(f"{below}report.html"),
        "junit": _quoted(f"{below}junit.xml"),
        "quality": _quoted(f"{below}code-quality.json"),
    }
    return _replaced("ci/gitlab-jobs.yml", parts)


def _enter(folder: str) -> str:
    """Return the line of a script that goes to a folder, "" for the one that it is in."""
    return f"    - {_quoted(f'cd {shlex.quote(folder)}')}\n" if folder else ""


def _quoted(text: str) -> str:
    """Return a text in YAML: JSON's are YAML's in double quotes."""
    return json.dumps(text, ensure_ascii=False)


def _replaced(path: str, parts: Mapping[str, str]) -> str:
    text = _text(path)
    for name, part in parts.items():  # not string.Template: the files have dollars of their own
        text = text.replace(f"@{name}@", part)
    return text


def without_prefix(table: str) -> str:
    """Return a table of pyproject.toml as it stands in kvariant.toml."""
    head, _, rest = table.partition("\n")
    return rest.lstrip("\n").replace(f"[{_TABLE}.", "[") if head == f"[{_TABLE}]" else table


def _spelled(language: ScaffoldLanguage, python: str, c: str) -> str:
    parts = [f'c = "{c}"'] * language.has_c + [f'python = "{python}"'] * language.has_python
    return ", ".join(parts)


def _filled(path: str, **parts: str) -> str:
    return string.Template(_text(path)).substitute(parts)


def _text(path: str) -> str:
    return (_FILES / path).read_text(encoding="utf-8")
