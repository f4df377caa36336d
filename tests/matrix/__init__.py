"""Every strategy against the independent verifier, and that against brute force."""
