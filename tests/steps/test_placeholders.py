# SPDX-License-Identifier: MIT
"""Placeholders: what is one, and that no value of one is ever obeyed by a shell."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kvariant.errors import InputError
from kvariant.steps import placeholders

NASTY = [
    "a b",
    "$(touch hit)",
    "`touch hit`",
    "'; touch hit; '",
    '"',
    "*",
    "-n",
    "\\",
    "#x",
    "a\nb",
]


@pytest.mark.parametrize("value", NASTY)
def test_shell_value(tmp_path: Path, value: str) -> None:
    """Whatever a value holds, the shell passes it on as it is."""
    text = placeholders.for_shell("printf %s {out} && printf %s x{out}", {"out": value})
    done = subprocess.run(
        ["/bin/sh", "-c", text], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{value}x{value}"
    assert list(tmp_path.iterdir()) == []


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0\r")), st.sampled_from(["", " y"])
)
@settings(max_examples=60, deadline=None)
def test_any_value(value: str, rest: str) -> None:
    """The same for any text."""
    text = placeholders.for_shell("printf %s {out}" + rest, {"out": value})
    done = subprocess.run(["/bin/sh", "-c", text], capture_output=True, check=True)
    assert done.stdout.decode() == value + rest.strip()


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ('echo "{out}"', '"..."'),
        ("echo '{out}'", "'...'"),
        ("echo `ls {out}`", "`...`"),
        ('echo "a\\"{out}"', '"..."'),
        ("echo a # {out}", "a comment"),
        ('echo "$(ls "{out}")"', '"..."'),
        ('echo "`ls "{out}"`"', '"..."'),
        ('echo "$(ls $(echo "{out}"))"', '"..."'),
        ("cat > x <<EOF\n{out}\nEOF\n", "a here-document"),
        ("cat <<- 'END' > x; ls\n\t{out}\n\tEND\n", "a here-document"),
    ],
)
def test_quotes_are_refused(text: str, mark: str) -> None:
    """Within quotes a value cannot be quoted again: the step is refused, in words."""
    with pytest.raises(InputError, match="stands within") as caught:
        placeholders.check_text(text, None, is_shell=True)
    assert mark in str(caught.value)
    placeholders.check_text(text, None, is_shell=False)


@pytest.mark.parametrize(
    "text",
    [
        "make O={out} -j{jobs}",
        'echo "it\'s" {name}',
        "echo 'a' {out} \"b\" {config}",
        "awk '{ print $1 }' {config}",
        "echo ${HOME} $((1 + 2)) {a,b} { cd x; }",
        "cut -d# -f1 {config}",
        'echo "$(date) $((2 * (3 + 4)))" {out} "`pwd`" {name}',
        "cat <<EOF > {out}\ntext\nEOF\ncat {config} <<< {name}",
        "echo {env.ARCH} {{out}}",
    ],
)
def test_others_braces_stay(text: str) -> None:
    """What is no placeholder is the user's own."""
    placeholders.check_text(text, None, is_shell=True)
    values = dict.fromkeys([*placeholders.NAMES, "env.ARCH"], "X")
    expected = text.replace("{{out}}", "(out)")
    for name in values:
        expected = expected.replace(f"{{{name}}}", "X")
    assert placeholders.for_shell(text, values) == expected.replace("(out)", "{out}")


@pytest.mark.parametrize(
    ("text", "hint"), [("{ou}", "did you mean out?"), ("{env}", "env.NAME"), ("{Config}", "config")]
)
def test_unknown(text: str, hint: str) -> None:
    """A misspelt placeholder is an error with the nearest name."""
    with pytest.raises(InputError) as caught:
        placeholders.check_text(text, None, is_shell=True)
    assert hint in str(caught.value)


def test_globs_mean_themselves(tmp_path: Path) -> None:
    """A folder whose name has a glob's characters is found by its name."""
    folder = tmp_path / "[x]*"
    folder.mkdir()
    (folder / "a.d").write_text("")
    (tmp_path / "x").mkdir()
    (tmp_path / "x/b.d").write_text("")
    from kvariant.steps.workspace import matches

    pattern = placeholders.for_glob("{out}/**/*.d", {"out": str(folder)})
    assert matches(pattern, tmp_path) == [folder / "a.d"]
