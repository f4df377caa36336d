"""Tests of steps/."""
