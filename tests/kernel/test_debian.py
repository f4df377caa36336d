# SPDX-License-Identifier: MIT
"""Packages are unpacked whole or not at all, and what cannot be had says why."""

import shutil
import subprocess
from pathlib import Path

import pytest

import debian


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test an empty cache."""
    monkeypatch.setenv("KVARIANT_TEST_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def built_package(folder: Path) -> Path:
    """Build a package that holds an archive, as the kernel's source packages do."""
    for tool in ("dpkg-deb", "tar", "xz"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    inner = folder / "inner-1.0"
    (inner / "include").mkdir(parents=True)
    (inner / "include" / "a.h").write_text("a")
    (inner / "Makefile").write_text("all:")
    (inner / "include" / "link.h").symlink_to("a.h")
    package = folder / "package"
    (package / "DEBIAN").mkdir(parents=True)
    (package / "DEBIAN" / "control").write_text(
        "Package: inner\nVersion: 1.0\nArchitecture: all\n"
        "Maintainer: nobody <n@example.org>\nDescription: none\n"
    )
    (package / "usr" / "src").mkdir(parents=True)
    archive = package / "usr" / "src" / "inner.tar.xz"
    subprocess.run(["tar", "-C", folder, "-cJf", archive, "inner-1.0"], check=True)
    subprocess.run(
        ["dpkg-deb", "--build", package, folder / "inner_1.0_all.deb"],
        check=True,
        capture_output=True,
    )
    return folder / "inner_1.0_all.deb"


def test_part_of_an_inner_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only wanted files are unpacked, without the top folder; a second time nobody is asked."""
    deb = built_package(tmp_path)
    monkeypatch.setattr(debian, "_download", lambda _kind, _name: [deb])
    part = debian.Part(name="headers", keep=lambda path: path.startswith("include/"))
    folder = debian.binary_package("inner", part=part, inner="usr/src/inner.tar.xz")
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
    assert found == ["include", "include/a.h", "include/link.h"]
    assert (folder / "include" / "link.h").read_text() == "a"
    monkeypatch.setattr(debian, "_download", lambda _kind, _name: pytest.fail("asked again"))
    assert debian.binary_package("inner", part=part, inner="usr/src/inner.tar.xz") == folder


def test_nothing_is_left_of_a_failure(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged package is no package, and the next try starts anew."""
    deb = built_package(tmp_path)
    deb.write_bytes(deb.read_bytes()[:-200])
    monkeypatch.setattr(debian, "_download", lambda _kind, _name: [deb])
    with pytest.raises(debian.Unavailable, match=r"inner_1\.0_all\.deb"):
        debian.binary_package("inner", inner="usr/src/inner.tar.xz")
    assert [path for path in cache.rglob("*") if path.is_file()] == [cache / "lock"]


def test_no_apt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without apt says so."""
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(debian.Unavailable, match=r"^apt-get is not installed$"):
        debian.source_package("busybox")


def test_no_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    """An apt that knows no Debian archive, as on another distribution, says so."""
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(
        debian, "_run", lambda _command, **_rest: "jammy http://localhost/ubuntu/\n"
    )
    debian._mirror.cache_clear()
    with pytest.raises(debian.Unavailable, match="this machine's apt names no Debian archive"):
        debian.linux_source("6.1")
    debian._mirror.cache_clear()
