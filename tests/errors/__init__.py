"""Bad input and bad days: what kvariant says, how it ends, and what it leaves alone."""
