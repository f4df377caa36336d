# SPDX-License-Identifier: MIT
"""What kconfiglib 14.1.0 cannot read of today's Kconfig files, one module per concern.

Everything works on tokens or on parsed nodes and never on a file's text, so that help
texts and comments are never touched.
"""
