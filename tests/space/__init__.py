"""The exact space against kconfiglib, enumeration and closed forms."""
