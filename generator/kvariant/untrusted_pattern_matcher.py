# SPDX-License-Identifier: MIT
"""A program of its own: which line of standard input a pattern matches first.

    python untrusted_pattern_matcher.py SECONDS PATTERN < lines

The pattern is UTF-8 in hexadecimal digits. Printed is the number of the line, from 0, or -1;
after so many seconds of processor time the program is killed. See `kvariant.untrusted_pattern`.
Nothing of ours is imported, so that it starts at once.
"""

import re
import signal
import sys


def main() -> None:
    """Read the lines and print which one matches."""
    seconds, pattern = float(sys.argv[1]), bytes.fromhex(sys.argv[2]).decode()
    signal.setitimer(signal.ITIMER_PROF, seconds)  # unlike a limit it knows fractions
    lines = sys.stdin.buffer.read().decode(errors="surrogatepass").split("\n")
    matches = re.compile(pattern).search
    print(next((number for number, line in enumerate(lines) if matches(line)), -1))


if __name__ == "__main__":
    main()
