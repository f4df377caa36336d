# SPDX-License-Identifier: MIT
"""Presence conditions: under which options a line, a file or a template's line is there."""
