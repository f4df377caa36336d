# SPDX-License-Identifier: MIT
"""Whether a Dask scheduler answers, and if it does not, which certificate is the reason.

Dask itself tells a refused certificate as a connection that closed: since TLS 1.3 a server
looks at the client's after the client has taken the connection for made.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kvariant.errors import Diagnostic, MissingError

ANSWER = 10.0
"""Seconds in which a scheduler answers."""
_REFUSAL = 3.0
"""Seconds in which it says that it refuses a certificate."""


def require_scheduler(address: str) -> None:
    """Ask a scheduler who it is.

    Args:
        address: as Dask names it: `tls://build7:8786`.

    Raises:
        MissingError: it does not answer, or a certificate is refused [no-cluster].
    """
    try:
        asyncio.run(asyncio.wait_for(_asked(address), ANSWER))
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        words = _certificates(address) or " ".join(str(error).split())[:200]
        raise MissingError(
            Diagnostic(
                message=f"no Dask scheduler answers at {address}"
                + (f": {words}" if words else f" within {ANSWER:.0f} s"),
                code="no-cluster",
                hint="dask scheduler starts one; for tls:// Dask's configuration names the "
                "certificates, here as there: distributed.comm.tls",
            )
        ) from None


async def _asked(address: str) -> None:
    """Ask it: a client that cannot connect leaves threads behind."""
    from distributed.core import rpc

    reached: Any = rpc
    security = _security()
    arguments = security.get_connection_args("client")
    async with reached(address, connection_args=arguments) as scheduler:
        await scheduler.identity()


def _security() -> Any:
    from distributed.security import Security

    making: Any = Security
    return making()


def _certificates(address: str) -> str:
    """Return which certificate is the reason that nothing answers, "" if none is known to be."""
    place = urlsplit(address)
    if place.scheme != "tls":
        return ""
    security = _security()
    files = {
        "ca-file": security.tls_ca_file,
        "client.cert": security.tls_client_cert,
        "client.key": security.tls_client_key or security.tls_client_cert,
    }
    for name, path in files.items():
        key = f"distributed.comm.tls.{name}"
        if not path:
            return f"no certificate is configured for clients: {key} is not set"
        if "\n" not in path and not os.access(path, os.R_OK):
            why = "may not be read" if Path(path).exists() else "is not there"
            return f"{path} {why}, which {key} names"
    try:
        context = security.get_connection_args("client")["ssl_context"]
    except (OSError, ValueError) as error:
        return f"the certificates that distributed.comm.tls names cannot be used: {_words(error)}"
    return _refusal(str(place.hostname), int(place.port or 0), context)


def _refusal(host: str, port: int, context: ssl.SSLContext) -> str:
    """Return who refuses whose certificate when a connection is made."""
    try:
        with (
            socket.create_connection((host, port), timeout=_REFUSAL) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
        ):
            secured.recv(1)
    except ssl.SSLCertVerificationError as error:
        return f"its certificate is refused here: {error.verify_message}"
    except ssl.SSLError as error:
        if "ALERT" in (error.reason or ""):
            return f"it refuses our certificate: {_words(error)}"
        return f"it speaks no TLS that is known here: {_words(error)}"
    except OSError:  # it does not answer, or is content
        pass
    return ""


def _words(error: Exception) -> str:
    """Return OpenSSL's reason: `tlsv1 alert unknown ca`."""
    reason = getattr(error, "reason", None)
    return str(reason or error).replace("_", " ").lower()
