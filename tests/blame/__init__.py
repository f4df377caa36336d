"""Tests of blame/."""
