# SPDX-License-Identifier: MIT
"""Fetch a Debian package by name into a cache of our own, and unpack it there.

Neither root nor any change to the system is needed: apt runs with a source
list, state and cache folder below ours. The mirror is the one that the machine's
own apt is set up with, asked at run time, or where it has none the one that was asked before;
only suite names are written here.

A package that is in the cache already is handed out without asking anybody, a part
of it that was not unpacked yet included (remove the cache folder to get a newer one).
Layout::

    $KVARIANT_TEST_CACHE or ~/.cache/kvariant-tests/
        lock
        apt/SUITE/                                 apt.conf, sources.list, state/, cache/
        downloads/[versions/]FILE                  *.deb, *.dsc and what it names
        packages/{binary,source}/NAME/STEM/PART/   unpacked; STEM carries the version

Nothing half-unpacked is ever seen: a package is unpacked under a temporary name
and renamed, under a file lock.

Limits: it does not resolve dependencies, and it installs nothing.
"""

import contextlib
import fcntl
import functools
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

Kind = Literal["binary", "source"]

SUITES = ("bookworm", "trixie", "bookworm-backports", "trixie-backports", "sid")
"""Where packages are looked for, in this order, whatever the machine itself runs."""

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
"""Debian's archive keys; where the file is missing, apt's own trusted keys decide."""

QUICK = 180
"""Seconds that a package index may take."""

SLOW = 1200
"""Seconds that a download or an unpacking may take."""


class Unavailable(Exception):  # noqa: N818  # a state of the machine, and a reason to skip
    """A package cannot be had here; the text says why, fit for a skip reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The part of a package's files that is unpacked."""

    name: str
    """Folder name in the cache: one name always stands for the same part."""
    keep: Callable[[str], bool]
    """Whether a file is wanted, by its path below the archive's top folder."""


def _everything(path: str) -> bool:
    return True


EVERYTHING = Part(name="all", keep=_everything)


ARCHITECTURES = ("x86", "arm64", "riscv")
USERFAULTFD = ("fs/userfaultfd.c", "mm/userfaultfd.c", "mm/shmem.c", "mm/hugetlb.c")
"""Where a kernel decides what userfaultfd may be used for."""


def _kernel_headers(path: str) -> bool:
    folders = ("include/", "scripts/", *(f"arch/{name}/include/" for name in ARCHITECTURES))
    return (
        path.startswith(folders)
        or path in USERFAULTFD
        or path.rpartition("/")[2].startswith("Kconfig")
    )


KERNEL_HEADERS = Part(name="headers-riscv", keep=_kernel_headers)
"""Of a kernel: three architectures' headers, every Kconfig file, scripts (80 of 1,400 MB)."""


def _kernel_kconfig(path: str) -> bool:
    return (
        path.rpartition("/")[2].startswith("Kconfig")
        or path.startswith(("scripts/", "kernel/configs/"))
        or re.match(r"arch/\w+/(configs|tools)/", path) is not None
    )


KERNEL_KCONFIG = Part(name="kconfig", keep=_kernel_kconfig)
"""Of a kernel: what its options are made of: Kconfig files, probes, conf, defconfigs (20 MB)."""


def cache_folder() -> Path:
    """Return the cache folder; it need not exist yet."""
    named = os.environ.get("KVARIANT_TEST_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "kvariant-tests"


def binary_package(
    name: str, *, part: Part = EVERYTHING, inner: str = "", version: str = ""
) -> Path:
    """Return the folder that holds a binary package's files.

    Args:
        name: the package.
        version: of several that a suite has, which; "": the newest, or what is unpacked.
        part: which files to unpack.
        inner: path inside the package of an archive to unpack in the package's
            stead, as in `linux-source-6.1`, which holds one big tar.xz. The
            archive's own top folder is left out.

    Raises:
        Unavailable: the package cannot be had.
    """

    def unpack(files: Sequence[Path], folder: Path) -> None:
        _unpack_deb(files[0], folder, part=part, inner=inner)

    return _package("binary", _versioned(name, version), part.name, unpack)


def source_package(name: str, *, version: str = "") -> Path:
    """Return the folder of a source package's files, Debian's patches applied.

    Raises:
        Unavailable: the package cannot be had.
    """
    return _package("source", _versioned(name, version), EVERYTHING.name, _unpack_dsc)


def linux_source(release: str, *, part: Part = KERNEL_HEADERS, version: str = "") -> Path:
    """Return the folder of a kernel release's source, such as "6.1".

    Raises:
        Unavailable: the package cannot be had.
    """
    name = f"linux-source-{release}"
    return binary_package(name, part=part, inner=f"usr/src/{name}.tar.xz", version=version)


def _versioned(name: str, version: str) -> str:
    """Return a package as apt is asked for it; of each version the cache has a folder."""
    return f"{name}={version}" if version else name


def _package(
    kind: Kind, name: str, part: str, unpack: Callable[[Sequence[Path], Path], None]
) -> Path:
    try:
        # make takes no path with a colon, which stands before most versions' real one.
        home = cache_folder() / "packages" / kind / name.replace(":", ".")
        with _locked(cache_folder()):
            known = _newest(home, part)
            if known is not None:
                return known
            files = _downloaded(kind, name) or _download(kind, name)
            return _publish(home / files[0].stem / part, files, unpack)
    except OSError as error:
        raise Unavailable(f"the cache in {cache_folder()} cannot be used: {error}") from error


def _newest(home: Path, part: str) -> Path | None:
    """Return the part that was unpacked last, of whatever version."""
    found = [path for path in home.glob(f"*/{part}") if path.is_dir()]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def _publish(
    folder: Path, files: Sequence[Path], unpack: Callable[[Sequence[Path], Path], None]
) -> Path:
    """Unpack under a temporary name, then rename. The lock is held."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for stale in folder.parent.glob(".unpacking-*"):  # left by a killed run
        shutil.rmtree(stale)
    temporary = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=folder.parent))
    temporary.chmod(0o755)
    try:
        unpack(files, temporary)
        if not any(temporary.iterdir()):
            raise Unavailable(f"{files[0].name} holds none of the files asked for")
        temporary.rename(folder)
    except (tarfile.TarError, EOFError) as error:
        raise Unavailable(f"{files[0].name} cannot be unpacked: {error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


@contextlib.contextmanager
def _locked(cache: Path) -> Iterator[None]:
    """Let one process at a time change the cache."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# apt


def _downloaded(kind: Kind, name: str) -> list[Path]:
    """Return a binary package's file that an earlier run brought, none where there is none."""
    package, _, version = name.partition("=")
    pattern = f"{package}_{version.replace(':', '%3a') or '*'}_*.deb"
    found = _downloads(name).glob(pattern) if kind == "binary" else ()
    return sorted(found, key=lambda path: path.stat().st_mtime)[-1:]


def _downloads(name: str) -> Path:
    """Return where files are brought to: apart where a version was asked for, as it may be old."""
    folder = cache_folder() / "downloads"
    return folder / "versions" if "=" in name else folder


def _download(kind: Kind, name: str) -> list[Path]:
    """Return the package's files, the one that names the version first."""
    if shutil.which("apt-get") is None:
        raise Unavailable("apt-get is not installed")
    reasons: dict[str, str] = {}
    for suite in SUITES:
        try:
            return _download_from(suite, kind, name)
        except Unavailable as reason:
            reasons.setdefault(str(reason), suite)
    raise Unavailable("; ".join(f"{suite}: {reason}" for reason, suite in reasons.items()))


def _download_from(suite: str, kind: Kind, name: str) -> list[Path]:
    apt = _apt(suite, cache_folder(), _mirror())
    command = ["download"] if kind == "binary" else ["source", "--download-only"]
    try:
        listed = _run([*apt, "--print-uris", *command, name], timeout=QUICK)
    except Unavailable as reason:
        raise Unavailable(f"no package {name} ({reason})") from reason
    # One line a file: 'URI' NAME SIZE HASH. The .dsc or .deb names the version.
    names = [line.split()[1] for line in listed.splitlines() if line.startswith("'")]
    names.sort(key=lambda file: (not file.endswith((".dsc", ".deb")), file))
    if not names:
        raise Unavailable(f"no package {name}")
    downloads = _downloads(name)
    files = [downloads / file for file in names]
    if not all(file.exists() for file in files):
        downloads.mkdir(exist_ok=True, parents=True)
        with tempfile.TemporaryDirectory(prefix=".downloading-", dir=downloads) as folder:
            try:
                _run([*apt, "-qq", *command, name], timeout=SLOW, cwd=Path(folder))
            except Unavailable:
                # Some mirrors lack a .dsc; the archives that it names are all that is unpacked.
                files = [file for file in files if file.suffix != ".dsc"]
                if not all((Path(folder) / file.name).exists() for file in files):
                    raise
            for file in files:  # whole and checked by apt, so each may appear now
                (Path(folder) / file.name).replace(file)
    return files


@functools.cache
def _mirror() -> str:
    """Return the address of the Debian archive that this machine's apt uses."""
    shown = _run(["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)"], timeout=QUICK)
    archives = [line.split()[1] for line in shown.splitlines() if line.split()[0] in SUITES]
    archives += _asked_before()
    if not archives:
        raise Unavailable("this machine's apt names no Debian archive")
    return archives[0]


def _asked_before() -> list[str]:
    """Return the archives that earlier runs have asked: the machine's apt may name none by now."""
    lists = sorted((cache_folder() / "apt").glob("*/sources.list"))
    lines = [line.split() for path in lists for line in path.read_text().splitlines()]
    return [words[-3] for words in lines if words[:1] == ["deb"]]


@functools.cache
def _apt(suite: str, cache: Path, mirror: str) -> list[str]:
    """Return the start of an apt-get command that sees one suite, freshly listed."""
    home = cache / "apt" / suite
    for folder in ("state/lists/partial", "cache/archives/partial", "empty"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    (home / "status").touch()
    signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    where = f"{signed}{mirror} {suite} main\n"
    (home / "sources.list").write_text(f"deb {where}deb-src {where}")
    (home / "apt.conf").write_text(_apt_conf(home))
    # -c is read after the machine's own settings, which keep their proxy and the like.
    apt = ["apt-get", "-c", str(home / "apt.conf")]
    _run([*apt, "-qq", "update"], timeout=QUICK)
    return apt


def _apt_conf(home: Path) -> str:
    return f"""\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "30";
Dir::State "{home}/state";
Dir::State::lists "{home}/state/lists";
Dir::State::status "{home}/status";
Dir::Cache "{home}/cache";
Dir::Cache::archives "{home}/cache/archives";
Dir::Etc::sourcelist "{home}/sources.list";
Dir::Etc::sourceparts "{home}/empty";
Dir::Etc::preferences "{home}/empty/preferences";
Dir::Etc::preferencesparts "{home}/empty";
"""


# Unpacking


def _unpack_deb(deb: Path, folder: Path, *, part: Part, inner: str) -> None:
    stages = [["dpkg-deb", "--fsys-tarfile", str(deb)]]
    if inner:
        stages += [["tar", "-xO", f"./{inner}"], ["xz", "-dc"]]
    for command, *_ in stages:
        if shutil.which(command) is None:
            raise Unavailable(f"{command} is not installed")
    running: list[subprocess.Popen[bytes]] = []
    try:
        for stage in stages:
            before = running[-1].stdout if running else subprocess.DEVNULL
            running.append(subprocess.Popen(stage, stdin=before, stdout=subprocess.PIPE))
            if len(running) > 1:  # so that a stage sees it when the next one is gone
                _stdout(running[-2]).close()
        with tarfile.open(fileobj=_stdout(running[-1]), mode="r|") as archive:
            _extract(archive, folder, part, top_folder=bool(inner))
        _drain(running[-1])
    except BaseException:
        for process in running:
            process.kill()
        raise
    finally:
        for process in running:
            _stdout(process).close()
            process.wait()
    for stage, process in zip(stages, running, strict=True):
        if process.returncode:
            raise Unavailable(f"{stage[0]} failed on {deb.name}")


def _extract(archive: tarfile.TarFile, folder: Path, part: Part, *, top_folder: bool) -> None:
    """Write the wanted files and links below `folder`, without a top folder's name."""

    def inside(path: str) -> str:
        path = path.removeprefix("./")
        return path.partition("/")[2] if top_folder else path

    archive.extraction_filter = tarfile.data_filter  # nothing leaves `folder`
    for member in archive:
        if member.isdir() or not part.keep(inside(member.name)):
            continue
        member.name = inside(member.name)
        if member.islnk():  # hard links are named from the top, symbolic ones from where they are
            member.linkname = inside(member.linkname)
        archive.extract(member, folder)


def _stdout(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdout is not None
    return process.stdout


def _drain(process: subprocess.Popen[bytes]) -> None:
    """Read what follows the archive's end mark, or the writers die of SIGPIPE."""
    while _stdout(process).read(1 << 16):
        pass


def _unpack_dsc(files: Sequence[Path], folder: Path) -> None:
    if files[0].suffix != ".dsc":
        _unpack_archives(files, folder)
        return
    if shutil.which("dpkg-source") is None:
        raise Unavailable("dpkg-source is not installed (Debian's dpkg-dev)")
    inside = folder / "source"  # dpkg-source insists on making its folder itself
    _run(["dpkg-source", "--no-check", "-x", str(files[0]), str(inside)], timeout=SLOW)
    for path in list(inside.iterdir()):
        path.rename(folder / path.name)
    inside.rmdir()


def _unpack_archives(files: Sequence[Path], folder: Path) -> None:
    """Unpack a source package without its .dsc [dpkg-source(1), format 3.0 (quilt)]."""
    archives = [file for file in files if ".tar." in file.name and file.suffix != ".asc"]
    for file in sorted(archives, key=lambda path: ".debian." in path.name):
        top = [] if ".debian." in file.name else ["--strip-components=1"]
        _run(["tar", "-xf", str(file), "-C", str(folder), *top], timeout=SLOW)
    patches = folder / "debian/patches"
    series = patches / "series"
    for line in series.read_text().splitlines() if series.exists() else ():
        if name := line.partition("#")[0].strip():
            _run(["patch", "-s", "-p1", "-i", str(patches / name)], timeout=QUICK, cwd=folder)


def _run(command: Sequence[str], *, timeout: float, cwd: Path | None = None) -> str:
    """Run a command; its last line of complaint becomes the reason of Unavailable."""
    quiet = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=quiet,
            timeout=timeout,
            check=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
    except FileNotFoundError as error:
        raise Unavailable(f"{command[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{command[0]} took more than {timeout:.0f} seconds") from error
    except subprocess.CalledProcessError as error:
        said = [line for line in error.stderr.splitlines() if line.strip()]
        raise Unavailable(said[-1] if said else f"{command[0]} failed") from error
    return done.stdout
