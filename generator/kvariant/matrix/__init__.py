# SPDX-License-Identifier: MIT
"""Strategies: which configurations become variants, one small module each."""

from kvariant.matrix.named import named

__all__ = ["named"]
