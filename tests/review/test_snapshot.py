# SPDX-License-Identifier: MIT
"""The tree before is what git has at a revision, whatever state the checkout is in."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from edited_trees import FILES, lay_out

from kvariant.cli import run
from kvariant.review import snapshot as snapshots

Capture = pytest.CaptureFixture[str]
NET_OFF = ("Kconfig", '"Networking"\n', '"Networking"\n\tdepends on SENSOR\n')
QUIET = ("-q", "--json")


class Checkout:
    """A git checkout of the small tree, the working folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = lay_out(folder)
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.email", "a@example.org")
        self.git("config", "user.name", "A")
        self.commit()

    def git(self, *words: str) -> str:
        """Run git; return what it prints."""
        done = subprocess.run(
            ["git", *words], cwd=self.folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self) -> str:
        """Commit everything; return the commit."""
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "x", "--allow-empty")
        return self.git("rev-parse", "HEAD")

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace one text of a file by another."""
        text = (self.folder / path).read_text()
        assert text.count(old) == 1
        (self.folder / path).write_text(text.replace(old, new))


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """Return a checkout with one commit."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    made = Checkout(tmp_path / "checkout")
    monkeypatch.chdir(made.folder)
    return made


def review(capsys: Capture, *words: str, code: int = 0) -> Any:
    """Return the record of a review."""
    got = run(["review", *words, *QUIET])
    printed = capsys.readouterr()
    assert got == code, printed.err
    return json.loads(printed.out)


def changed(record: Any) -> set[str]:
    """Return the symbols whose value changes somewhere."""
    return {symbol for row in record["values"] for symbol in row["symbols"]}


def test_a_dirty_checkout_is_the_tree_after(checkout: Checkout, capsys: Capture) -> None:
    """What is not committed counts as edited, staged or not, and nothing of it is touched."""
    checkout.edit("Kconfig", "default 4 if TLS", "default 8 if TLS")
    checkout.git("add", "-A")
    checkout.edit("Kconfig", '"plain"', '"other"')
    before = checkout.git("status", "--porcelain=v2"), checkout.git("ls-files", "-s")
    assert changed(review(capsys, "HEAD")) == {"DEPTH", "NAME"}
    assert before == (checkout.git("status", "--porcelain=v2"), checkout.git("ls-files", "-s"))
    assert not list(checkout.folder.glob("**/*review*"))


def test_a_revision_is_itself_and_a_branch_where_this_left_it(
    checkout: Checkout, capsys: Capture
) -> None:
    """What others put on a branch since is no edit of this work; a commit or tag is itself."""
    checkout.git("checkout", "-q", "-b", "work")
    checkout.edit("Kconfig", '"plain"', '"other"')
    checkout.commit()
    checkout.git("checkout", "-q", "main")
    checkout.edit("Kconfig", "default 4 if TLS", "default 8 if TLS")
    theirs = checkout.commit()
    checkout.git("tag", "theirs")
    checkout.git("checkout", "-q", "work")
    assert changed(review(capsys, "main")) == {"NAME"}
    assert changed(review(capsys, "--since", "main")) == {"NAME"}
    assert changed(review(capsys, theirs)) == {"NAME", "DEPTH"}
    assert changed(review(capsys, "theirs")) == {"NAME", "DEPTH"}
    assert changed(review(capsys, "HEAD~1")) == {"NAME"}


def test_without_a_revision_the_upstream_counts(checkout: Checkout, capsys: Capture) -> None:
    """The tree before is where the branch left its upstream, else the main branch."""
    checkout.git("checkout", "-q", "-b", "work")
    checkout.edit("Kconfig", '"plain"', '"other"')
    checkout.commit()
    assert changed(review(capsys)) == {"NAME"}
    checkout.git("branch", "other")
    checkout.git("branch", "-q", "--set-upstream-to=other")
    assert changed(review(capsys)) == set()
    checkout.edit("Kconfig", "default 4 if TLS", "default 8 if TLS")
    assert changed(review(capsys)) == {"DEPTH"}


def test_files_that_come_and_go(checkout: Checkout, capsys: Capture) -> None:
    """A new file, tracked or not, is in the tree after alone; a removed one before alone."""
    checkout.edit("Kconfig", 'source "drivers/Kconfig"', 'source "more/Kconfig"')
    (checkout.folder / "more").mkdir()
    (checkout.folder / "more/Kconfig").write_text('config MORE\n\tbool "more"\n\tdefault y\n')
    (checkout.folder / "drivers/Kconfig").unlink()
    record = review(capsys, "HEAD")
    assert record["new"] == ["MORE"]
    assert record["gone"] == ["DISK", "CACHE", "LOG", "SENSOR", "DMA"]
    checkout.commit()
    assert review(capsys, "HEAD~1")["values"] == record["values"]


def test_configurations_that_are_edited(checkout: Checkout, capsys: Capture) -> None:
    """A configuration is compared with itself, renamed or not; new and gone ones are named."""
    checkout.git("mv", "configs/tls.config", "configs/secure.config")
    checkout.edit("configs/slow.config", "CONFIG_SLOW=y", "CONFIG_IDLE=y")
    (checkout.folder / "configs/empty.config").unlink()
    (checkout.folder / "configs/fresh.config").write_text("CONFIG_LOG=y\n")
    record = review(capsys, "HEAD")
    assert record["edits"] == []
    assert record["renamed_configurations"] == [{"old": "tls", "new": "secure"}]
    assert (record["new_configurations"], record["gone_configurations"]) == (["fresh"], ["empty"])
    assert changed(record) == {"SLOW", "IDLE"}
    assert all(row["asked_otherwise"] and row["edits"] == [] for row in record["values"])
    assert list(record["dropped_in_new_configurations"]) == ["fresh"]


def test_a_file_that_somebody_names_is_asked_for_in_both(
    checkout: Checkout, capsys: Capture
) -> None:
    """A file that git does not have, or outside the checkout, is one configuration of both."""
    checkout.edit(*NET_OFF)
    for path in (checkout.folder / "my.config", checkout.folder.parent / "outer.config"):
        path.write_text("CONFIG_NET=y\n")
        record = review(capsys, "HEAD", "--config", str(path))
        assert record["configurations"] == [path.stem]
        assert [d["symbol"] for d in record["dropped"]] == ["NET"]


def test_what_changes_no_rule_is_no_edit(checkout: Checkout, capsys: Capture) -> None:
    """Help texts, comments, blanks and the order of definitions are told by nobody."""
    first, second = FILES["drivers/Kconfig"].split("\n\n", 1)
    (checkout.folder / "drivers/Kconfig").write_text(f"# moved\n\n{second}\n\n{first}\n")
    checkout.edit("Kconfig", "Talks to others.", "Talks to\n\n\t  select nobody.")
    record = review(capsys, "HEAD")
    assert record["edits"] == [] == record["values"]
    assert not any(record["counts"].values())


def test_a_project_below_the_top(checkout: Checkout, capsys: Capture, tmp_path: Path) -> None:
    """Paths of a project file, a variable that names a place, a sub-folder: all are moved."""
    inner = lay_out(checkout.folder / "inner/tree")
    (inner / "Kconfig").write_text((inner / "Kconfig").read_text().replace(
        'source "drivers/Kconfig"', 'source "$(PLACE)/Kconfig"'))  # fmt: skip
    (checkout.folder / "inner/kvariant.toml").write_text(
        'kconfig = "tree/Kconfig"\nconfigs = ["tree/configs/*.config"]\n'
    )
    checkout.commit()
    checkout.edit("inner/tree/drivers/Kconfig", '"Disk"\n\tdefault y', '"Disk"\n\tdefault n')
    os.chdir(checkout.folder / "inner")
    place = f"PLACE={checkout.folder}/inner/tree/drivers"
    assert "DISK" in changed(review(capsys, "HEAD", "--env", place))
    os.environ["PLACE"] = place.removeprefix("PLACE=")
    try:
        assert "DISK" in changed(review(capsys, "HEAD"))
    finally:
        del os.environ["PLACE"]


def test_files_beside_the_tree(checkout: Checkout, capsys: Capture) -> None:
    """A file that is sourced from beside the tree's folder, or by a link, is edited like others."""
    inner = checkout.folder / "inner"
    inner.mkdir()
    (checkout.folder / "common").mkdir()
    (checkout.folder / "common/Kconfig").write_text('config COMMON\n\tbool "c"\n\tdefault y\n')
    (inner / "linked").symlink_to("../common/Kconfig")
    (inner / "Kconfig").write_text(
        'config OWN\n\tbool "o"\n\tdefault y\n\nif OWN\n\nsource "../common/Kconfig"\n\nendif\n'
    )
    (inner / "configs").mkdir()
    (inner / "configs/a.config").write_text("")
    checkout.commit()
    checkout.edit("common/Kconfig", "default y", "default n")
    checkout.edit("inner/Kconfig", "if OWN", "if OWN || NEVER")
    checkout.edit("inner/Kconfig", "default y", "default n")
    text = (checkout.folder / "common/Kconfig").read_text()
    os.chdir(inner)
    record = review(capsys, "HEAD")
    rows = {row["symbols"][0]: row for row in record["values"]}
    places = [edit["place"] for edit in record["edits"]]
    assert places == ["../common/Kconfig:3", "Kconfig:3", "Kconfig:5"]
    assert (rows["COMMON"]["edits"], rows["COMMON"]["either"]) == ([0, 1], True)
    assert rows["OWN"]["edits"] == [1]
    assert changed(record) == {"OWN", "COMMON"}
    assert (checkout.folder / "common/Kconfig").read_text() == text


def test_a_text_with_the_place_of_the_tree_is_no_edit(checkout: Checkout, capsys: Capture) -> None:
    """Where the tree before is laid out shows in no value."""
    checkout.edit("Kconfig", '"plain"', '"$(srctree)/x"')
    checkout.commit()
    checkout.edit("Kconfig", "default 4 if TLS", "default 8 if TLS")
    assert changed(review(capsys, "HEAD")) == {"DEPTH"}


def test_only_what_says_the_options_is_laid_out(
    checkout: Checkout, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a large checkout sources stay in git, unless Kconfig sources or names them."""
    monkeypatch.setattr(snapshots, "WHOLE", 3)
    (checkout.folder / "src").mkdir()
    (checkout.folder / "src/main.c").write_text("int main;\n")
    (checkout.folder / "src/options").write_text('config ODD\n\tbool "odd"\n\tdefault y\n')
    (checkout.folder / "src/probe.c").write_text("y\n")
    checkout.edit("Kconfig", 'source "drivers/Kconfig"\n',
                  'source "drivers/Kconfig"\nsource "src/options"\n')  # fmt: skip
    (checkout.folder / "drivers/Kconfig").write_text(
        FILES["drivers/Kconfig"] + "\nconfig PROBED\n\tdef_bool $(shell,cat src/probe.c)\n"
    )
    checkout.commit()
    laid_out: list[set[str]] = []
    load = snapshots.Snapshot._load

    def looked(self: snapshots.Snapshot, *given: Any) -> Any:
        laid_out.append({p.name for p in self.folder.rglob("*") if p.is_file()})
        return load(self, *given)

    monkeypatch.setattr(snapshots.Snapshot, "_load", looked)
    assert review(capsys, "HEAD")["values"] == []
    assert "main.c" not in laid_out[0]
    assert {"options", "probe.c"} <= laid_out[-1]
    (checkout.folder / "src/probe.c").write_text("n\n")
    record = review(capsys, "HEAD")
    assert changed(record) == {"PROBED"}
    assert "no line of Kconfig differs" in record["edits"][0]["text"]


def test_a_submodule_is_read_at_its_commit(checkout: Checkout, capsys: Capture) -> None:
    """Kconfig files of a submodule are those of the commit that the revision names."""
    inner = Checkout(checkout.folder.parent / "module")
    inner.git("mv", "drivers/Kconfig", "Kconfig.module")
    (inner.folder / "Kconfig.module").write_text('config INNER\n\tbool "i"\n\tdefault y\n')
    inner.commit()
    checkout.git("-c", "protocol.file.allow=always", "submodule", "add", "-q",
                 str(inner.folder), "module")  # fmt: skip
    checkout.edit("Kconfig", 'source "drivers/Kconfig"\n',
                  'source "drivers/Kconfig"\nsource "module/Kconfig.module"\n')  # fmt: skip
    checkout.commit()
    (checkout.folder / "module/Kconfig.module").write_text('config INNER\n\tbool "i"\n')
    record = review(capsys, "HEAD")
    assert changed(record) == {"INNER"}
    assert record["edits"][0]["place"] == "module/Kconfig.module:2"


def test_what_a_build_wrote_is_there_before(checkout: Checkout, capsys: Capture) -> None:
    """A Kconfig file that git is told to ignore is not in the revision, and no edit."""
    (checkout.folder / ".gitignore").write_text("generated/\n")
    checkout.edit("Kconfig", 'source "drivers/Kconfig"\n',
                  'source "drivers/Kconfig"\nsource "generated/Kconfig"\n')  # fmt: skip
    checkout.commit()
    (checkout.folder / "generated").mkdir()
    (checkout.folder / "generated/Kconfig").write_text('config MADE\n\tbool "m"\n\tdefault y\n')
    assert review(capsys, "HEAD")["edits"] == []


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        (["nope"], "no-revision", "git log --oneline lists commits"),
        (["mian"], "no-revision", "did you mean main?"),
        (["HEAD~99"], "no-revision", "git log --oneline lists commits"),
        (["--since", "--all"], "no-revision", "git log --oneline lists commits"),
        (["--old-tree", "nowhere"], "no-kconfig", ""),
        (["HEAD", "--old-tree", "."], "no-effect", ""),
        (["HEAD", "--since", "HEAD"], "no-effect", ""),
        (["HEAD", "--fail-on", "ded"], "usage", "did you mean dead?"),
        (["HEAD", "--symbols", "NOWHERE"], "unknown-symbol", ""),
    ],
)
def test_what_cannot_be_reviewed_is_told_in_words(
    checkout: Checkout, capsys: Capture, words: list[str], code: str, hint: str
) -> None:
    """Revisions, folders and kinds that there are not: an error with the next step."""
    (error, *_) = review(capsys, *words, code=2)["errors"]
    assert (error["code"], error.get("hint", "")) == (code, hint or error.get("hint", ""))


def test_a_folder_without_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """What stands in no checkout can be compared with another folder, and that is said."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.chdir(lay_out(tmp_path / "plain"))
    (error,) = review(capsys, code=2)["errors"]
    assert error["code"] == "no-checkout"
    assert "--old-tree" in error["hint"]
    other = lay_out(tmp_path / "other")
    assert review(capsys, "--old-tree", str(other))["edits"] == []
    monkeypatch.setenv("PATH", str(tmp_path))
    (error,) = review(capsys, code=3)["errors"]
    assert error["code"] == "no-git"


def test_errors_of_the_tree_before_are_told_as_git_tells_places(
    checkout: Checkout, capsys: Capture
) -> None:
    """A syntax error of the revision is its, with REV:PATH; one of today is told as ever."""
    checkout.edit("drivers/Kconfig", "\tdepends on DISK || SENSOR\n", "\tdepends on\n")
    bad = checkout.commit()
    (error,) = review(capsys, "HEAD", code=2)["errors"]
    assert error["path"] == "drivers/Kconfig"
    checkout.edit("drivers/Kconfig", "\tdepends on\n", "\tdepends on DISK || SENSOR\n")
    (error,) = review(capsys, "HEAD", code=2)["errors"]
    assert (error["path"], error["line"]) == (f"{bad[:9]}:drivers/Kconfig", 20)
    assert "the tree before" in error["notes"][-1]["text"]


def test_fail_on_says_which_consequences_fail(checkout: Checkout, capsys: Capture) -> None:
    """Exit code 1 if one of the named kinds is there, 0 otherwise."""
    checkout.edit(*NET_OFF)
    review(capsys, "HEAD", "--fail-on", "dropped,dead", code=1)
    review(capsys, "HEAD", "--fail-on", "changed", code=1)
    review(capsys, "HEAD", "--fail-on", "dead,selects,gone,unreachable,lost,always-on")
