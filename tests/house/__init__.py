"""How the package is laid out, held against its own source."""
