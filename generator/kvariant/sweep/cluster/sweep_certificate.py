# SPDX-License-Identifier: MIT
"""The certificate of one sweep: who has it and its key is let in, on all sides."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

_NAME = "kvariant-sweep"
_DAY = datetime.timedelta(days=1)
_LASTING = 365 * _DAY


@dataclass(frozen=True, slots=True)
class SweepCertificate:
    """A certificate that is its own authority, and its key, as PEM has them."""

    certificate: str
    key: str

    @classmethod
    def made(cls) -> SweepCertificate:
        """Make one that nobody has had.

        It is valid from yesterday on: clocks of machines differ. Its key is of the curve P-256,
        which is made in no time.
        """
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import NameOID

        key = ec.generate_private_key(ec.SECP256R1())
        public = key.public_key()
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _NAME)])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _DAY)
            .not_valid_after(now + _LASTING)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(_NAME)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        plain = serialization.NoEncryption()
        pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        return cls(
            certificate.public_bytes(pem).decode(),
            key.private_bytes(pem, form, plain).decode(),
        )

    def settings(self, certificate: str = "", key: str = "") -> dict[str, object]:
        """Return what Dask calls this, for all roles.

        Args:
            certificate: the file that has it; "": none, it is given as text.
            key: the same of the key.
        """
        certificate, key = certificate or self.certificate, key or self.key
        found: dict[str, object] = {"require_encryption": True, "tls_ca_file": certificate}
        for role in ("client", "scheduler", "worker"):
            found[f"tls_{role}_cert"] = certificate
            found[f"tls_{role}_key"] = key
        return found


def _usage() -> Any:
    """Return what the key is for: to say who we are, and to sign the certificate that says it."""
    from cryptography import x509

    uses = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(digital_signature=True, key_cert_sign=True, **uses)
