# SPDX-License-Identifier: MIT
"""The flagship's family against the kernel's own headers; see README.md."""
