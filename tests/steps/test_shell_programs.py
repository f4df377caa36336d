# SPDX-License-Identifier: MIT
"""Programs that a command needs: never one without which sh ends well."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kvariant.steps.shell_programs import programs_of_text, programs_of_words


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("make -C {tree} O={out}", ["make"]),
        ("REV=$(git describe) make", ["make"]),
        ("REV=$(git describe --tags 2>/dev/null || echo 'a) b') X=\"`id -u`\" make", ["make"]),
        ("REV=$(git describe)", []),
        ("$(date -u)", []),
        ("`date -u` x", []),
        ("$(which make) all", []),
        ("$CC -c x.c", []),
        ('"$CC" -c x.c', []),
        ("{env.CC} -c x.c", []),
        ("a || b", []),
        ("a || b && c", ["c"]),
        ("a && b || c && d", ["d"]),
        ("a && b", ["a", "b"]),
        ("a &&\n b", ["a", "b"]),
        ("a; b", ["b"]),
        ("a\nb\n", ["b"]),
        ("a;", ["a"]),
        ("a & b", ["b"]),
        ("a &", []),
        ("! a", []),
        ("! a && b", ["b"]),
        ("a | b", ["a", "b"]),
        ("a 2>&1 | tee {out}/log", ["a", "tee"]),
        ("a 2>/dev/null | b", ["b"]),
        ("a >/dev/null 2>&1 | b", ["b"]),
        ("(a 2>&-) | b", ["a", "b"]),
        ("(a) 2>&- | b", ["b"]),
        ("set -e; a; b", ["a", "b"]),
        ("set -ex\na\nb\n", ["a", "b"]),
        ("set -o errexit; a; exit 0", ["a"]),
        ("set -e; a && b; c", ["c"]),
        ("set -e; set +e; a; b", ["b"]),
        ("set -e; { a; b; }; c", ["a", "b", "c"]),
        ("set -e; { a; b; } && c", ["b", "c"]),
        ("{ set -e; a; true; }", ["a"]),
        ("command -v x && x", []),
        ("command -v x >/dev/null && x -a && y", ["y"]),
        ("which x && x", ["which"]),
        ("type x && x {out}", []),
        ("command x", ["x"]),
        ("exec x {out}", ["x"]),
        ("exec 2>{out}/log; x", ["x"]),
        ("if a; then b; fi", []),
        ("if a; then b; elif c; then d; else e; fi && f", ["f"]),
        ("for x in a b; do c; done; d", ["d"]),
        ("while a; do b; done && c", ["c"]),
        ("case {name} in a|b) c;; (d) e ;; *) f; esac; g", ["g"]),
        ("(cd {tree} && make)", ["make"]),
        ("{ make; }", ["make"]),
        ("cd {tree} && make >log 2>&1 </dev/null", ["make"]),
        (">{out}/log 2>&1 make", ["make"]),
        ("< {config} grep -q X", ["grep"]),
        ("cat <<E\nmake; a\nE\n", ["cat"]),
        ("cat <<-'E' | b\n\tmake $(\n\tE\n", ["cat", "b"]),
        ("# a\nmake # b\n", ["make"]),
        ("make \\\n  all", ["make"]),
        ("'make' all", ["make"]),
        ('m"ak"e all', ["make"]),
        ("\\make all", ["make"]),
        ("env -i X=1 make", ["env"]),
        ("env X=1 make", ["env", "make"]),
        ("env PATH=/x make", ["env"]),
        ("env X=1 echo a", ["env", "echo"]),
        ("sh -c 'a; b'", ["sh", "b"]),
        ("sh -c \"$X\"", ["sh"]),
        ("nohup make", ["nohup", "make"]),
        ("PATH=tools:$PATH a", []),
        ("export PATH=tools:$PATH; a", []),
        (". ./env.sh && a", []),
        ("eval x; a", []),
        ("alias a=b; a", []),
        ("f() { make; }; f", []),
        ("f() { make; }\nf && a", ["a"]),
        ("exit 0; a", []),
        ("test -f x || exit 0; a", []),
        ("test -f x || exit 1; a", ["a"]),
        ("(exit 0); a", ["a"]),
        ("trap 'exit 0' EXIT; a", []),
        ("./relative x", []),
        ("../x/relative x", []),
        ("/usr/bin/x y", []),
        ("~/bin/x", []),
        ("echo a", []),
        ("time make", []),
        ("[[ a && b ]] && c", []),
        ("diff <(a) <(b)", []),
        ("cat <<< x", []),
        ("((a++))", []),
        ("a &> log", []),
        ("X=(a b) c", []),
        ("echo 'not closed", []),
        ("a 'not closed", []),
        ("a $(b", []),
        ("fi", []),
        ("a )", []),
        ("", []),
        ("   # nothing", []),
    ],
)  # fmt: skip
def test_table(text: str, needed: list[str]) -> None:
    """What a command cannot do without is found, and nothing else."""
    assert list(programs_of_text(text)) == needed


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        (["make", "O={out}"], ["make"]),
        (["./make"], []),
        (["env", "-i", "X=1", "make"], ["env"]),
        (["env", "X=1", "make"], ["env", "make"]),
        (["sh", "-c", "a || b"], ["sh"]),
        (["sh", "-c", "a && b", "name"], ["sh", "a", "b"]),
        (["echo", "a"], ["echo"]),
        (["a||b"], []),
        ([], []),
    ],
)
def test_words(words: list[str], needed: list[str]) -> None:
    """A command that no shell sees names its program first, and env's and sh's behind them."""
    assert list(programs_of_words(words)) == needed


_NAMES = st.sampled_from(["aa", "bb", "cc", "dd"])
_SIMPLE = st.one_of(
    _NAMES,
    st.sampled_from(
        [
            "true", "false", "exit 0", "exit 3", "set -e", "set +e", "X=$(aa)", "X=1 bb",
            "command -v cc", "command dd", "exec aa", ">log bb", "trap 'exit 0' EXIT", ":",
            "f() { bb; }", "f", "test -f nothing", "echo x",
        ]
    ),
)  # fmt: skip


def _wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from([" && ", " || ", "; ", "\n", " &\n"]), inner).map("".join),
        inner.map("( {} )".format),
        inner.map("{{ {}\n}}".format),
        inner.map("! {{ {}\n}}".format),
        inner.map("echo x | ( {} )".format),
        st.tuples(inner, inner).map(lambda pair: f"if {pair[0]}\nthen {pair[1]}\nfi"),
        st.tuples(inner, inner).map(lambda pair: f"while {pair[0]}\ndo {pair[1]}\nbreak\ndone"),
        st.tuples(inner, inner).map(lambda pair: f"case x in y) {pair[0]}\n;; *) {pair[1]}\nesac"),
    )


@settings(max_examples=150, deadline=None)
@given(
    text=st.recursive(_SIMPLE, _wider, max_leaves=7),
    failing=st.sets(_NAMES),
    dropped=_NAMES,
)
def test_sh_agrees(
    tmp_path_factory: pytest.TempPathFactory, text: str, failing: set[str], dropped: str
) -> None:
    """sh itself never ends well without a program that is said to be needed."""
    if dropped not in programs_of_text(text):
        return
    folder: Path = tmp_path_factory.mktemp("programs")
    for name in {"aa", "bb", "cc", "dd"} - {dropped}:
        (folder / name).write_text(f"#!/bin/sh\nexit {int(name in failing)}\n")
        (folder / name).chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-c", text],
        cwd=folder,
        env={"PATH": str(folder)},
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert done.returncode != 0
