# SPDX-License-Identifier: MIT
"""The line that tells a failure: of real tools' output, the one a person would point at."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvariant.steps.compiler_lines import plain
from kvariant.steps.failure_line import failure_line, folded, telling_line

LINES = {
    "the compiler before a probe": (
        "Package x was not found\nx.c:3:9: fatal error: x.h: No such file\n",
        "x.c:3:9: fatal error: x.h: No such file",
    ),
    "the compiler before the linker": (
        "a.c:(.text+0x2): undefined reference to `f'\nb.c:1: error: no\n",
        "b.c:1: error: no",
    ),
    "the linker before a file named error": (
        "  CC    error.c\nssl.c:(.text+0x5): undefined reference to `net_io'\n",
        "ssl.c:(.text+0x5): undefined reference to `net_io'",
    ),
    "the linker before a probe": (
        "-- Looking for strlcpy - not found\nm.c:(.text+0x5): undefined reference to `net_io'\n",
        "m.c:(.text+0x5): undefined reference to `net_io'",
    ),
    "the linker before its driver": (
        "ld: b.o: in function `b':\nb.c:(.text+0x0): multiple definition of `up'; a.o:a.c:"
        "(.text+0x0): first defined here\ncollect2: error: ld returned 1 exit status\n",
        "b.c:(.text+0x0): multiple definition of `up'; a.o:a.c:(.text+0x0): first defined here",
    ),
    "a warning is no failure": (
        "a.c:1:1: warning: unused 'error' [-Wunused]\nlast\n",
        "last",
    ),
    "a warning made an error": (
        "a.c:1:1: error: unused 'x' [-Werror=unused]\ncc1: all warnings being treated as errors\n",
        "a.c:1:1: error: unused 'x' [-Werror=unused]",
    ),
    "German": (
        "m.c: In Funktion »main«:\nm.c:3:2: Fehler: »io« nicht deklariert\n      |  ^~~~\n",
        "m.c:3:2: Fehler: »io« nicht deklariert",
    ),
    "French, with its blank": (
        "m.c:3:2: attention : x\nm.c:4:2: erreur: « io » non déclaré\n",
        "m.c:4:2: erreur: « io » non déclaré",
    ),
    "progress that ends at a carriage return": (
        "x 10%\rx 20%\rm.c:9:1: error: bad\n",
        "m.c:9:1: error: bad",
    ),
    "colours": ("\x1b[1mm.c:9:1: \x1b[31merror: \x1b[0mbad\n", "m.c:9:1: error: bad"),
    "CMake's text": (
        "-- The C compiler: failed once\nCMake Error at CMakeLists.txt:5 (find_package):\n"
        "  By not providing Foo this project has\n  asked CMake to fail.\n\n  More.\n\n\n"
        "-- Configuring incomplete, errors occurred!\n",
        "CMake Error at CMakeLists.txt:5 (find_package): By not providing Foo this project has"
        " asked CMake to fail.",
    ),
    "CMake's text behind a blank line": (
        "CMake Error in src/CMakeLists.txt:\n\n  Target a has no source.\n\nNext\n",
        "CMake Error in src/CMakeLists.txt: Target a has no source.",
    ),
    "a tool before words": (
        "could have failed\nobjcopy: error: no section .dtb\n",
        "objcopy: error: no section .dtb",
    ),
    "modpost": (
        'WARNING: modpost: odd\nERROR: modpost: "f" [x.ko] undefined!\nmake[2]: *** [a] Error 1\n',
        'ERROR: modpost: "f" [x.ko] undefined!',
    ),
    "a program that is missing": (
        "/bin/sh: 1: flex: not found\nmake: *** [all] Error 127\n",
        "/bin/sh: 1: flex: not found",
    ),
    "make's own": (
        "make: *** No rule to make target 'x', needed by 'y'.  Stop.\n",
        "make: *** No rule to make target 'x', needed by 'y'.  Stop.",
    ),
    "ninja's own": (
        "ninja: error: 'a.c', needed by 'b', missing and no known rule to make it\n",
        "ninja: error: 'a.c', needed by 'b', missing and no known rule to make it",
    ),
    "not what ninja repeats": (
        "FAILED: error.o\ncc -c error.c\nsomething\nninja: build stopped: subcommand failed.\n",
        "something",
    ),
    "a traceback": (
        'Traceback (most recent call last):\n  File "error.py", line 3\nKeyError: 3\nbye\n',
        "KeyError: 3",
    ),
    "rustc": (
        "error[E0425]: cannot find value `x`\n --> a.rs:1:1\nerror: aborting due to 1 previous"
        " error\n",
        "error[E0425]: cannot find value `x` --> a.rs:1:1",
    ),
    "words in names and denials": (
        "  AR libgpg-error.a\n  LD drivers/error/built-in.a\n -Werror=all\n0 errors\ndone\n",
        "done",
    ),
    "words": ("  CC error.o\nthe boot has failed\nbye\n", "the boot has failed"),
    "the last line": ("one\ntwo\nmake: *** [all] Error 1\n", "two"),
    "make alone": ("make: *** [all] Error 1\n", "make: *** [all] Error 1"),
    "nothing": ("\n \n", ""),
}
OF_TOOLS = {
    "ghc": (
        (
            "[1 of 1] Compiling Main\n\nsrc/Main.hs:12:5: error: [GHC-83865]\n"
            "    • Couldn't match type [Char] with Int\n      Expected: Int\n   |\n12 |  x\n"
        ),
        "src/Main.hs:12:5: error: [GHC-83865] • Couldn't match type [Char] with Int Expected: Int",
    ),
    "maven": (
        (
            "[ERROR] COMPILATION ERROR : \n[ERROR] /w/src/A.java:[12,5] cannot find symbol\n"
            "[INFO] BUILD FAILURE\n[ERROR] Failed to execute goal compile\n[ERROR] -> [Help 1]\n"
        ),
        "[ERROR] /w/src/A.java:[12,5] cannot find symbol",
    ),
    "maven's tests": (
        (
            "[ERROR] Failures: \n[ERROR]   ATest.x:12 expected:<1> but was:<2>\n[INFO] \n"
            "[ERROR] Tests run: 1, Failures: 1, Errors: 0, Skipped: 0\n[INFO] BUILD FAILURE\n"
            "[ERROR] Failed to execute goal test: There are test failures.\n[ERROR] -> [Help 1]\n"
        ),
        "[ERROR]   ATest.x:12 expected:<1> but was:<2>",
    ),
    "maven, a goal": (
        "[INFO] BUILD FAILURE\n[ERROR] Failed to execute goal deploy: no\n[ERROR] -> [Help 1]\n",
        "[ERROR] Failed to execute goal deploy: no",
    ),
    "shellcheck": (
        "\nIn a.sh line 12:\nfoo $x\n    ^-- SC2086 (info): Double quote.\n\nFor more "
        "information:\n  https://www.shellcheck.net/wiki/SC2086 -- Double quote.\n",
        "    ^-- SC2086 (info): Double quote.",
    ),
    "gcc ICE": (
        (
            "during GIMPLE pass: vect\n"
            "m.c: In function 'f':\n"
            "m.c:3:1: internal compiler error: Segmentation fault\n"
            "    3 | int f\n"
            "0x1 crash\n"
            "Please submit a full bug report\n"
        ),
        "m.c:3:1: internal compiler error: Segmentation fault",
    ),
    "gcc killed": (
        (
            "gcc: fatal error: Killed signal terminated program cc1\n"
            "compilation terminated.\n"
            "make: *** [Makefile:3: m.o] Error 1\n"
        ),
        "gcc: fatal error: Killed signal terminated program cc1",
    ),
    "gcc sorry": (
        "m.c:3:1: sorry, unimplemented: 64-bit\n",
        "m.c:3:1: sorry, unimplemented: 64-bit",
    ),
    "ubsan": (
        ("m.c:3:5: runtime error: signed integer overflow: 1 + 2\nfailed\n"),
        "m.c:3:5: runtime error: signed integer overflow: 1 + 2",
    ),
    "asan": (
        (
            "start failed\n"
            "=================================================================\n"
            "==123==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc "
            "0x0000004f bp 0x7ffd sp 0x7ffd\n"
            "READ of size 4 at 0x602 thread T0\n"
            "    #0 0x4f in main /src/a.c:3:5\n"
            "SUMMARY: AddressSanitizer: heap-use-after-free /src/a.c:3:5 in main\n"
            "==123==ABORTING\n"
        ),
        "SUMMARY: AddressSanitizer: heap-use-after-free /src/a.c:3:5 in main",
    ),
    "tsan": (
        (
            "WARNING: ThreadSanitizer: data race (pid=123)\n"
            "  Write of size 4\n"
            "SUMMARY: ThreadSanitizer: data race a.c:3:5 in main\n"
        ),
        "SUMMARY: ThreadSanitizer: data race a.c:3:5 in main",
    ),
    "valgrind": (
        (
            "==123== Memcheck\n"
            "==123== Invalid read of size 4\n"
            "==123==    at 0x109: main (a.c:3)\n"
            "==123== ERROR SUMMARY: 1 errors from 1 contexts\n"
        ),
        "==123== Invalid read of size 4",
    ),
    "assert": (
        ("cannot say\nm: m.c:3: main: Assertion `x' failed.\nAborted (core dumped)\n"),
        "m: m.c:3: main: Assertion `x' failed.",
    ),
    "smash": (
        ("*** stack smashing detected ***: terminated\nAborted (core dumped)\n"),
        "*** stack smashing detected ***: terminated",
    ),
    "panic": (
        (
            "[    0.5] pci 0000:00: BAR 13: failed to assign\n"
            "[    1.2] Kernel panic - not syncing: VFS: Unable to mount root fs\n"
            "[    1.3] ---[ end Kernel panic ]---\n"
        ),
        "[    1.2] Kernel panic - not syncing: VFS: Unable to mount root fs",
    ),
    "ld warning": (
        (
            "ld: warning: cannot find entry symbol _start; defaulting to 0\n"
            "ld: m.o: in function `main':\n"
            "m.c:3:(.text+0xa): undefined reference to `net_io'\n"
            "collect2: error: ld returned 1 exit status\n"
        ),
        "m.c:3:(.text+0xa): undefined reference to `net_io'",
    ),
    "ld warning, other": (
        (
            "ld: warning: cannot find entry symbol _start; defaulting to 0\n"
            "ld: cannot open output file a: Permission denied\n"
            "collect2: error: ld returned 1 exit status\n"
        ),
        "ld: cannot open output file a: Permission denied",
    ),
    "ld PIE": (
        (
            "/usr/bin/ld: m.o: relocation R_X86_64_32 against `.rodata' can not be used when "
            "making a PIE object; recompile with -fPIE\n"
            "collect2: error: ld returned 1 exit status\n"
            "CC b.o\n"
        ),
        (
            "/usr/bin/ld: m.o: relocation R_X86_64_32 against `.rodata' can not be used when "
            "making a PIE object; recompile with -fPIE"
        ),
    ),
    "ld crt1": (
        (
            "/usr/bin/ld: cannot find crt1.o: No such file or directory\n"
            "collect2: error: ld returned 1 exit status\n"
        ),
        "/usr/bin/ld: cannot find crt1.o: No such file or directory",
    ),
    "ld incompat": (
        (
            "/usr/bin/ld: skipping incompatible /usr/lib/libx.so when searching for -lx\n"
            "/usr/bin/ld: cannot find -lx: No such file or directory\n"
            "collect2: error: ld returned 1 exit status\n"
        ),
        "/usr/bin/ld: cannot find -lx: No such file or directory",
    ),
    "ld disk": (
        (
            "/usr/bin/ld: final link failed: No space left on device\n"
            "collect2: error: ld returned 1 exit status\n"
        ),
        "/usr/bin/ld: final link failed: No space left on device",
    ),
    "lld": (
        (
            "ld.lld: error: undefined symbol: net_io\n"
            ">>> referenced by m.c:3\n"
            ">>>               m.o:(main)\n"
            "clang: error: linker command failed with exit code 1 (use -v to see invocation)\n"
        ),
        "ld.lld: error: undefined symbol: net_io",
    ),
    "mold": (
        (
            "mold: error: undefined symbol: net_io\n"
            ">>> referenced by m.o:(main)\n"
            "collect2: error: ld returned 1 exit status\n"
        ),
        "mold: error: undefined symbol: net_io",
    ),
    "mold fatal": (
        (
            "cannot run\n"
            "mold: fatal: library not found: foo\n"
            "collect2: error: ld returned 1 exit status\n"
        ),
        "mold: fatal: library not found: foo",
    ),
    "apple": (
        (
            "Undefined symbols for architecture arm64:\n"
            '  "_net_io", referenced from:\n'
            "      _main in m.o\n"
            "ld: symbol(s) not found for architecture arm64\n"
            "clang: error: linker command failed with exit code 1\n"
        ),
        'Undefined symbols for architecture arm64: "_net_io", referenced from: _main in m.o',
    ),
    "msvc link": (
        (
            "m.obj : error LNK2019: unresolved external symbol net_io referenced in function main\n"
            "a.exe : fatal error LNK1120: 1 unresolved externals\n"
        ),
        "m.obj : error LNK2019: unresolved external symbol net_io referenced in function main",
    ),
    "smatch": (
        (
            "a.c:30 foo() warn: missing error code 'ret'\n"
            "a.c:40 bar() error: uninitialized symbol 'x'.\n"
        ),
        "a.c:40 bar() error: uninitialized symbol 'x'.",
    ),
    "smatch warn alone": (
        ("a.c:30 foo() warn: missing error code 'ret'\nlast\n"),
        "last",
    ),
    "objtool": (
        (
            "a.o: warning: objtool: foo() error: odd\n"
            "vmlinux.o: error: objtool: foo+0x12: unreachable instruction\n"
            "make[2]: *** [scripts/Makefile.vmlinux_o:80: vmlinux.o] Error 255\n"
        ),
        "vmlinux.o: error: objtool: foo+0x12: unreachable instruction",
    ),
    "modpost warn": (
        (
            'WARNING: modpost: "a" [x.ko] undefined!\n'
            "ERROR: modpost: missing MODULE_LICENSE() in y.o\n"
            "make[1]: *** [scripts/Makefile.modpost:145: Module.symvers] Error 1\n"
        ),
        "ERROR: modpost: missing MODULE_LICENSE() in y.o",
    ),
    "dtc": (
        (
            "a.dts:12.3-15.5: Warning (unit_address_vs_reg): /soc/x: node has a unit name, but "
            "no reg or ranges property\n"
            "a.dts:20.3-30: ERROR (phandle_references): /x:y: Reference to non-existent node or "
            'label "z"\n'
            "\n"
            "ERROR: Input tree has errors, aborting (use -f to force output)\n"
        ),
        (
            "a.dts:20.3-30: ERROR (phandle_references): /x:y: Reference to non-existent node or "
            'label "z"'
        ),
    ),
    "dtc syntax": (
        ("Error: a.dts:12.3-10 syntax error\nFATAL ERROR: Unable to parse input tree\n"),
        "Error: a.dts:12.3-10 syntax error",
    ),
    "checkpatch": (
        (
            "WARNING: Missing or malformed SPDX-License-Identifier tag in line 1\n"
            "#1: FILE: a.c:1:\n"
            "+int x;\n"
            "\n"
            "ERROR: trailing whitespace\n"
            "#12: FILE: a.c:3:\n"
            "+foo $\n"
            "\n"
            "total: 1 errors, 1 warnings, 10 lines checked\n"
            "\n"
            "a.c has style problems, please review.\n"
        ),
        "ERROR: trailing whitespace #12: FILE: a.c:3:",
    ),
    "checkpatch terse": (
        ("a.c:1: WARNING: cannot say failed\na.c:3: ERROR: trailing whitespace\ntotal: 1 errors\n"),
        "a.c:3: ERROR: trailing whitespace",
    ),
    "cmake warning": (
        (
            "CMake Warning at CMakeLists.txt:3 (message):\n"
            "  cannot find y, error\n"
            "\n"
            "\n"
            "x has failed\n"
        ),
        "x has failed",
    ),
    "zephyr": (
        (
            "devicetree error: /x/a.dts:3 (column 2): parse error: expected node\n"
            "CMake Error at /z/dts.cmake:295 (execute_process):\n"
            "  execute_process failed command indexes:\n"
            "\n"
            '    1: "Child return code: 1"\n'
            "\n"
            "Call Stack (most recent call first):\n"
            "-- Configuring incomplete, errors occurred!\n"
            "FATAL ERROR: command exited with status 1: /usr/bin/cmake -B/x\n"
        ),
        "devicetree error: /x/a.dts:3 (column 2): parse error: expected node",
    ),
    "ninja file": (
        (
            "ninja: Entering directory `out'\n"
            "ninja: error: build.ninja:12: multiple rules generate m.o\n"
        ),
        "ninja: error: build.ninja:12: multiple rules generate m.o",
    ),
    "ninja 1.13": (
        (
            "[1/2] CC m.o\n"
            "FAILED: [code=1] m.o \n"
            "cc -c m.c\n"
            "m.c:1:1: error: x\n"
            "ninja: build stopped: subcommand failed.\n"
        ),
        "m.c:1:1: error: x",
    ),
    "make program": (
        (
            "flex -o x\n"
            "make: flex: No such file or directory\n"
            "make: *** [Makefile:2: lex.c] Error 127\n"
        ),
        "make: flex: No such file or directory",
    ),
    "make signal": (
        ("cc -c m.c\nmake: *** [Makefile:3: m.o] Killed\n"),
        "make: *** [Makefile:3: m.o] Killed",
    ),
    "make $(error": (
        (
            "cc: note cannot\n"
            "Makefile:7: *** You need flex.  Stop.\n"
            "make: *** [Makefile:3: all] Error 2\n"
        ),
        "Makefile:7: *** You need flex.  Stop.",
    ),
    "make separator": (
        "Makefile:5: *** missing separator.  Stop.\n",
        "Makefile:5: *** missing separator.  Stop.",
    ),
    "make -O": (
        (
            "make[1]: Entering directory '/x/error'\n"
            "cc -c m.c\n"
            "m.c:3:1: error: x\n"
            "make[1]: *** [Makefile:3: m.o] Error 1\n"
            "make[1]: Leaving directory '/x/error'\n"
        ),
        "m.c:3:1: error: x",
    ),
    "git": (
        (
            "fatal: not a git repository (or any of the parent directories): .git\n"
            "image is too large\n"
            "make: *** [x] Error 1\n"
        ),
        "image is too large",
    ),
    "preload": (
        (
            "ERROR: ld.so: object 'libfakeroot.so' from LD_PRELOAD cannot be preloaded (cannot "
            "open shared object file): ignored.\n"
            "b.o has no main\n"
        ),
        "b.o has no main",
    ),
    "rustc": (
        (
            "error[E0425]: cannot find value `x` in this scope\n"
            " --> src/main.rs:2:5\n"
            "  |\n"
            "2 |     x\n"
            "\n"
            'error: could not compile `foo` (bin "foo") due to 1 previous error\n'
        ),
        "error[E0425]: cannot find value `x` in this scope --> src/main.rs:2:5",
    ),
    "rust link": (
        (
            "error: linking with `cc` failed: exit status: 1\n"
            "  |\n"
            '  = note:  "cc" "-m64"\n'
            "  = note: /usr/bin/ld: foo.o: in function `main':\n"
            "          m.c:(.text+0x5): undefined reference to `net_io'\n"
            "          collect2: error: ld returned 1 exit status\n"
            "\n"
            "error: could not compile `foo`\n"
        ),
        "          m.c:(.text+0x5): undefined reference to `net_io'",
    ),
    "rust panic": (
        (
            "thread 'main' (4711) panicked at src/main.rs:2:5:\n"
            "index out of bounds: the len is 0\n"
            "note: run with `RUST_BACKTRACE=1`\n"
        ),
        "thread 'main' (4711) panicked at src/main.rs:2:5: index out of bounds: the len is 0",
    ),
    "go": (
        (
            "=== RUN   TestB\n"
            "    b_test.go:10: got 3, want 4\n"
            "--- FAIL: TestB (0.01s)\n"
            "FAIL\n"
            "exit status 1\n"
            "FAIL\tpkg\t0.005s\n"
        ),
        "--- FAIL: TestB (0.01s)",
    ),
    "go under": (
        ("--- FAIL: TestB (0.01s)\n    b_test.go:10: got 3, want 4\nFAIL\n"),
        "--- FAIL: TestB (0.01s) b_test.go:10: got 3, want 4",
    ),
    "python wrapper": (
        (
            "gen has no input\n"
            "Traceback (most recent call last):\n"
            '  File "x.py", line 3, in <module>\n'
            "subprocess.CalledProcessError: Command '['gen']' returned non-zero exit status 1.\n"
        ),
        "gen has no input",
    ),
    "bison": (
        (
            "a.y:3.5-8: warning: cannot [-Wother]\n"
            "a.y:4.1-9: error: symbol x is used, but is not defined\n"
        ),
        "a.y:4.1-9: error: symbol x is used, but is not defined",
    ),
    "sdcc": (
        ("a.c:3: warning 112: function 'x' error\na.c:4: error 20: Undefined identifier 'x'\n"),
        "a.c:4: error 20: Undefined identifier 'x'",
    ),
    "cocci": (
        ("./a.c:3:5-8: WARNING: cannot\n./a.c:4:5-8: ERROR: application of sizeof to pointer\n"),
        "./a.c:4:5-8: ERROR: application of sizeof to pointer",
    ),
    "tsc": (
        ("src/a.ts:3:5 - error TS2304: Cannot find name 'x'.\n\nFound 1 error in src/a.ts:3\n"),
        "src/a.ts:3:5 - error TS2304: Cannot find name 'x'.",
    ),
    "buildkit": (
        ("#12 3.456 m.c:3:1: error: x\n#12 ERROR: process failed\n"),
        "m.c:3:1: error: x",
    ),
    "bitbake": (
        ("ERROR: foo-1.0-r0 do_compile: oe_runmake failed\n| m.c:3:1: error: x\n"),
        "m.c:3:1: error: x",
    ),
    "ctest console": (
        (
            "1/2 Test #1: a ................***Failed    0.02 sec\n"
            "\n"
            "0% tests passed, 1 tests failed out of 1\n"
            "Errors while running CTest\n"
        ),
        "1/2 Test #1: a ................***Failed    0.02 sec",
    ),
    "apt W": (
        ("W: Failed to fetch http://x\nno kernel\n"),
        "no kernel",
    ),
    "dune of make de": (
        (
            "make: *** Es wird auf noch nicht beendete Prozesse gewartet....\n"
            "x has failed\n"
            "make: *** [Makefile:3: all] Fehler 1\n"
        ),
        "x has failed",
    ),
    "configure": (
        (
            "checking for gcc... no\n"
            "configure: error: no acceptable C compiler found in $PATH\n"
            "See `config.log' for more details\n"
        ),
        "configure: error: no acceptable C compiler found in $PATH",
    ),
    "fortran": (
        (
            "m.f90:3:7:\n"
            "\n"
            "    3 |   x = 1\n"
            "      |       1\n"
            "Error: Symbol 'x' at (1) has no IMPLICIT type\n"
        ),
        "Error: Symbol 'x' at (1) has no IMPLICIT type",
    ),
    "sparse": (
        (
            "m.c:3:5: warning: incorrect type in argument 1 (different address spaces)\n"
            "m.c:3:5:    expected void *\n"
            "m.c:9:5: error: undefined identifier 'x'\n"
        ),
        "m.c:9:5: error: undefined identifier 'x'",
    ),
    "gnu as": (
        (
            "/tmp/ccAbC123.s: Assembler messages:\n"
            "/tmp/ccAbC123.s:3: Error: no such instruction: `foo'\n"
        ),
        "/tmp/ccAbC123.s:3: Error: no such instruction: `foo'",
    ),
    "clang backend": (
        (
            "fatal error: error in backend: Cannot select: 0x55\n"
            "PLEASE submit a bug report\n"
            "Stack dump:\n"
            "clang: error: clang frontend command failed with exit code 70 (use -v)\n"
        ),
        "fatal error: error in backend: Cannot select: 0x55",
    ),
}
"""What tools of 2025 and 2026 print, each with something before it that is not the failure."""


@pytest.mark.parametrize(
    ("output", "told"), [*LINES.values(), *OF_TOOLS.values()], ids=[*LINES, *OF_TOOLS]
)
def test_the_line_that_tells_a_failure(output: str, told: str) -> None:
    """The surest line tells a failure, with what belongs to it; what comes first of equals."""
    assert told == failure_line(output)


FOLDED = [
    (
        "ld: /tmp/ccAb12Zz.o: in `b': b.c:(.text+0x5): multiple definition of `f'; /tmp/cc345678.o",
        "ld: /tmp/cc*.o: in `b': b.c:(.text+0x5): multiple definition of `f'; /tmp/cc*.o",
    ),
    ("/tmp/ccparser.s:3: Error: no", "/tmp/cc*.s:3: Error: no"),
    ("out/ccX1abcd.o: no", "out/cc*.o: no"),
    ("src/ccparser.o: no", "src/ccparser.o: no"),
    ("/tmp/cc1234Ab.ltrans0.ltrans.o: no", "/tmp/cc*.ltrans.ltrans.o: no"),
    ("/tmp/lto-llvm-1a2b3c.o: no", "/tmp/lto-llvm-*.o: no"),
    ("/tmp/main-1a2b3c.o: no", "/tmp/main-*.o: no"),
    ("/tmp/tmp.Ab12Cd34Ef/x.c: no", "/tmp/tmp.*/x.c: no"),
    ("net/tmp_buffer.c: 0x5 (x+0x5)", "net/tmp_buffer.c: 0x5 (x+0x5)"),
]


@pytest.mark.parametrize(("text", "expected"), FOLDED)
def test_one_cause_is_one_line(text: str, expected: str) -> None:
    """Temporary names are no part of a cause; names of people's files are."""
    assert expected == folded(text)


@given(st.text(max_size=300))
def test_any_text_has_a_line_or_none(output: str) -> None:
    """Whatever a command prints, what is told is of what it printed, and nothing raises."""
    told = folded(failure_line(output))
    assert bool(told.strip()) == bool(plain(output).strip())


def test_a_line_that_tells_it_by_itself() -> None:
    """The last line of all tells nothing by itself."""
    assert telling_line("one\ntwo\n") == ""
    assert telling_line("one has failed\ntwo\n") == "one has failed"


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
def test_a_linker_tells_two_causes_apart(tmp_path: Path) -> None:
    """Of two functions that a header defines, each is a cause of its own, the same each time."""
    (tmp_path / "a.c").write_text('#include "h.h"\nint main(void) { return 0; }\n')
    (tmp_path / "b.c").write_text('#include "h.h"\n')
    told = []
    for name in ("up", "up", "down"):
        (tmp_path / "h.h").write_text(f"int {name}(void) {{ return -1; }}\n")
        done = subprocess.run(
            ["gcc", "a.c", "b.c"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={**os.environ, "LC_ALL": "C"},
        )
        told.append(folded(failure_line(done.stdout + done.stderr)))
    assert "multiple definition of `up'" in told[0]
    assert told[0] == told[1]
    assert "multiple definition of `down'" in told[2]
