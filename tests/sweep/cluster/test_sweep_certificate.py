# SPDX-License-Identifier: MIT
"""The certificate of a sweep lets in who has it, by Python's own ssl, and nobody else."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

pytest.importorskip("cryptography", reason="the extra `cluster` is not installed")

from kvariant.sweep.cluster.sweep_certificate import SweepCertificate


def context(own: SweepCertificate, folder: Path, *, is_server: bool) -> ssl.SSLContext:
    """Return one side, as strict as Python can be."""
    folder.mkdir(exist_ok=True)
    certificate, key = folder / "certificate", folder / "key"
    certificate.write_text(own.certificate)
    key.write_text(own.key)
    purpose = ssl.Purpose.CLIENT_AUTH if is_server else ssl.Purpose.SERVER_AUTH
    found = ssl.create_default_context(purpose, cadata=own.certificate)
    found.check_hostname = False
    found.verify_mode = ssl.CERT_REQUIRED
    found.verify_flags |= ssl.VERIFY_X509_STRICT
    found.load_cert_chain(certificate, key)
    return found


def shake(server: ssl.SSLContext, client: ssl.SSLContext) -> None:
    """Have two sides greet each other without a network.

    Raises:
        ssl.SSLError: one does not let the other in.
    """
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        server.wrap_bio(to_server, to_client, server_side=True),
        client.wrap_bio(to_client, to_server),
    ]
    for _ in range(4):
        for side in sides:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    sides[1].write(b"x")
    assert sides[0].read(1) == b"x"


def test_who_has_it_is_let_in_and_nobody_else(tmp_path: Path) -> None:
    """Both sides with one certificate agree; with one of another sweep they do not."""
    one, other = SweepCertificate.made(), SweepCertificate.made()
    server = context(one, tmp_path / "server", is_server=True)
    shake(server, context(one, tmp_path / "one", is_server=False))
    with pytest.raises(ssl.SSLError):
        shake(server, context(other, tmp_path / "other", is_server=False))
