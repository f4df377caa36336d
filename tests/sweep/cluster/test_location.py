# SPDX-License-Identifier: MIT
"""What `--cluster` may say, and what it may not."""

from __future__ import annotations

import pytest

from kvariant.errors import InputError
from kvariant.sweep.cluster.location import ClusterLocation


def test_what_is_read() -> None:
    """A number, an address, hosts of ssh, a batch system."""
    assert ClusterLocation.parse("4").workers == 4
    assert ClusterLocation.parse("tls://build7:8786/").address == "tls://build7:8786"
    assert ClusterLocation.parse("ssh:me@a,b.example").hosts == ("me@a", "b.example")
    assert ClusterLocation.parse("slurm").queue == "slurm"


@pytest.mark.parametrize(
    "text",
    ["", "0", "1025", "-1", "²", "4 4", "tls://", "tls://a", "tls://a:0", "tls://a:65536",
     "tls://a:1/x", "http://a:1", "ssh:", "ssh:a,", "ssh:a,a", "ssh:-oProxyCommand=x", "ssh:a b",
     "slurmm", "SLURM"],
)  # fmt: skip
def test_what_is_refused(text: str) -> None:
    """All else is an error that says what may be given."""
    with pytest.raises(InputError, match=r"--cluster") as caught:
        ClusterLocation.parse(text)
    assert caught.value.diagnostics[0].code == "cluster"


@pytest.mark.parametrize("host", ["build7", "10.0.0.7", "0.0.0.0", "[fe80::1]", "localhost.evil"])
def test_in_the_clear(host: str) -> None:
    """To another machine only who says so goes without encryption."""
    with pytest.raises(InputError) as caught:
        ClusterLocation.parse(f"tcp://{host}:8786")
    assert caught.value.diagnostics[0].code == "cluster-insecure"
    assert ClusterLocation.parse(f"tcp://{host}:8786", is_insecure=True).address


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.8.8.8"])
def test_in_the_clear_on_this_machine(host: str) -> None:
    """This machine is no other one."""
    assert ClusterLocation.parse(f"tcp://{host}:8786").address == f"tcp://{host}:8786"
