"""Presence conditions against the preprocessor, make and enumeration."""
