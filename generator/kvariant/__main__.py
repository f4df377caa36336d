# SPDX-License-Identifier: MIT
"""`python -m kvariant` is `kvariant`."""

from kvariant.cli import main

main()
