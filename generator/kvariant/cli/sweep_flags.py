# SPDX-License-Identifier: MIT
"""The options of `kvariant sweep` beside which variants there are and how each is run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from kvariant.cli.coverage_required import share_of
from kvariant.cli.file_name import file_name
from kvariant.cli.options import gathered, refuse_idle
from kvariant.plan.shards import Shard
from kvariant.sweep.budget import Budget

if TYPE_CHECKING:
    from kvariant.sweep.cluster.location import ClusterLocation

_OPTIONS = (
    click.option("--shard", metavar="N/M", help="Only the Nth of M groups of variants"),
    click.option(
        "--last-failed", is_flag=True, help="Only variants that failed when they last ran"
    ),
    click.option("--failed-first", is_flag=True, help="Begin with variants that failed last"),
    click.option("--fail-fast", is_flag=True, help="End with the first failure"),
    click.option(
        "--budget",
        metavar="TIME",
        help="End by then, most new combinations first: 90s, 10m, 1h30m; go on with the next sweep",
    ),
    click.option(
        "--require-coverage",
        "required",
        metavar="PERCENT",
        help="Exit 1 if less of what the matrix is to cover has ended",
    ),
    click.option(
        "--cluster",
        metavar="WHERE",
        help="Run on a number of workers, tls://HOST:PORT, ssh:HOST,HOST, or slurm",
    ),
    click.option(
        "--cluster-insecure",
        is_flag=True,
        help="Let tcp:// lead to another machine: whoever reaches it runs code there",
    ),
    click.option(
        "--since",
        metavar="REV",
        help="Only what an edit since REV can change, whose results there are: of a branch, where "
        "this work left it",
    ),
    click.option(
        "--update-baseline",
        is_flag=True,
        help="Lower the baselines of compiler warnings to what is left; write those that are not "
        "there",
    ),
    click.option(
        "--commits",
        metavar="A..B",
        help="Sweep B, and find of each failure the commit behind A that brought it",
    ),
    click.option("--no-reuse", is_flag=True, help="Run everything, whatever was run before"),
    click.option("--dry-run", is_flag=True, help="Say what would run, and why; run nothing"),
    click.option("--junit", metavar="FILE", type=file_name, help="Write JUnit XML as well"),
)


@dataclass(frozen=True, kw_only=True)
class SweepFlags:
    """What a sweep is told to do otherwise, as it was given."""

    shard: str | None
    last_failed: bool
    failed_first: bool
    fail_fast: bool
    budget: str | None
    required: str | None
    cluster: str | None
    cluster_insecure: bool
    since: str | None
    update_baseline: bool
    commits: str | None
    no_reuse: bool
    dry_run: bool
    junit: str | None

    def refuse_idle(self, jobs: int | None) -> None:
        """Refuse what does nothing beside something else.

        Raises:
            InputError: [no-effect].
        """
        is_dry, runs_nothing = self.dry_run, "with --dry-run, which runs nothing"
        on_workers = "with --cluster, whose workers say how many"
        refuse_idle(
            ("--junit", self.junit, runs_nothing, is_dry),
            ("--fail-fast", self.fail_fast, runs_nothing, is_dry),
            ("--budget", self.budget, runs_nothing, is_dry),
            ("--require-coverage", self.required, runs_nothing, is_dry),
            ("-j", jobs, on_workers, self.cluster is not None),
            ("--cluster-insecure", self.cluster_insecure, "without --cluster",
             self.cluster is None),
            ("--update-baseline", self.update_baseline, runs_nothing, is_dry),
            ("--since", self.since, "with --no-reuse, which runs all", self.no_reuse),
            ("--failed-first", self.failed_first, "with --last-failed: there are no others",
             self.last_failed),
            ("--failed-first", self.failed_first, "with --budget, which begins with them",
             self.budget),
        )  # fmt: skip
        if self.commits is not None:
            self._refuse_beside_commits()

    def _refuse_beside_commits(self) -> None:
        why = "with --commits, which sweeps commits one after another"
        given = {
            "--shard": self.shard, "--last-failed": self.last_failed,
            "--failed-first": self.failed_first, "--fail-fast": self.fail_fast,
            "--budget": self.budget, "--require-coverage": self.required,
            "--cluster": self.cluster, "--since": self.since, "--dry-run": self.dry_run,
            "--junit": self.junit, "--update-baseline": self.update_baseline,
        }  # fmt: skip
        refuse_idle(*((option, value, why, True) for option, value in given.items()))

    def part(self) -> Shard | None:
        """Return which of several groups is swept.

        Raises:
            InputError: it is none [shard].
        """
        return Shard.parse(self.shard) if self.shard else None

    def least(self) -> Fraction | None:
        """Return the share that has to be covered.

        Raises:
            InputError: it is none [percent].
        """
        return share_of(self.required) if self.required is not None else None

    def limit(self, began: float) -> Budget | None:
        """Return when the sweep has to end that began then.

        Raises:
            InputError: it is no duration [budget].
        """
        return Budget.parse(self.budget, began) if self.budget is not None else None

    def location(self) -> ClusterLocation | None:
        """Return where cells run; None: on this machine.

        Raises:
            InputError: it is no place [cluster].
            MissingError: what it takes is not installed [no-cluster].
        """
        if not self.cluster:
            return None
        from kvariant.sweep.cluster.dask_connection import require_extra  # asyncio and its kin
        from kvariant.sweep.cluster.location import ClusterLocation

        where = ClusterLocation.parse(self.cluster, is_insecure=self.cluster_insecure)
        require_extra(where)
        return where


def sweep_flags(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of `SweepFlags`: `flags`."""
    fields = tuple(field.name for field in dataclasses.fields(SweepFlags))
    command = gathered(command, "flags", SweepFlags, fields)
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
