# SPDX-License-Identifier: MIT
"""A small tree that is built as the kernel is: makefiles, sources and headers, all ours."""

from __future__ import annotations

from pathlib import Path

from kvariant.kconfig import Tree

KCONFIG = """\
source "arch/$(SRCARCH)/Kconfig"

config MODULES
	bool "modules"
	option modules
	default y

config NET
	bool "networking"
	default y

config WIFI
	tristate "wifi"
	depends on NET

config CHIP
	tristate "chip"
	depends on WIFI

config DEBUG
	bool "debugging"

config LEVEL
	int "level"
	range 0 9
	default 3

config HIDDEN
	bool
	depends on !NET
	select DEBUG
"""

FILES = {
    "Kconfig": KCONFIG,
    "Makefile": """\
core-y :=
drivers-y :=
libs-y := lib/
include $(srctree)/arch/$(SRCARCH)/Makefile
export BITS
core-y += kernel/
""",
    "Kbuild": """\
targets := kernel/numbers.s
obj-y += init/ net/ drivers/
obj-$(CONFIG_NET) += net2/
""",
    "arch/x86/Kconfig": 'config X86_32\n\tbool "32 bits"\nconfig X86_64\n\tdef_bool !X86_32\n',
    "arch/x86/Makefile": """\
ifeq ($(CONFIG_X86_32),y)
	BITS := 32
else
	BITS := 64
endif
core-y += arch/x86/
""",
    "arch/x86/Kbuild": "obj-y += head_$(BITS).o boot/\n",
    "arch/x86/head_64.S": "#ifdef __ASSEMBLY__\nstart:\n#else\nnever\n#endif\n",
    "arch/x86/head_32.S": "start:\n",
    "arch/x86/boot/Makefile": "setup-y += main.o\nsetup-$(CONFIG_DEBUG) += trace.o\n",
    "arch/x86/boot/main.c": "int main_of_boot;\n",
    "arch/x86/boot/trace.c": "int trace;\n",
    "arch/x86/vdso/Makefile": "v-y := v.o\n",
    "arch/x86/vdso/v.c": "int v;\n",
    "arch/arm64/Kbuild": "obj-y += fault.o\n",
    "arch/arm64/fault.c": "int fault;\n",
    "kernel/numbers.c": "int number;\n",
    "kernel/machine.c": """\
#ifdef __x86_64__
int wide;
#elif defined(__i386__)
int narrow;
#elif defined(__aarch64__)
int other;
#endif
#include <linux/machine.h>
""",
    "include/linux/machine.h": "#ifdef __x86_64__\nint wide_h;\n#endif\n",
    "kernel/Makefile": "obj-y = fork.o machine.o\nobj-$(CONFIG_DEBUG) += debug.o\n",
    "kernel/fork.c": """\
#include <linux/wifi.h>
#include "parts.c"
int fork;
#ifdef CONFIG_ARM64
int arm;
#endif
#if CONFIG_LEVEL > 5 /* much */
int much;
#elif IS_ENABLED(CONFIG_WIFI)
int some;
#endif
""",
    "kernel/parts.c": "#ifdef CONFIG_DEBUG\nint part;\n#endif\n",
    "kernel/debug.c": "int debug;\n",
    "init/Makefile": "obj-y := main.o\n",
    "init/main.c": "int main;\n",
    "lib/Makefile": "lib-y := sort.o\nlib-$(CONFIG_WIFI) += crc.o\n",
    "lib/sort.c": "int sort;\n",
    "lib/crc.c": "int crc;\n",
    "net/Makefile": """\
obj-$(CONFIG_WIFI) += wifi.o chip/
wifi-y := core.o
wifi-$(CONFIG_DEBUG) += log.o
wifi-m += module.o
wifi-objs += old.o
""",
    "net/core.c": """\
#include <linux/wifi.h>
#ifdef MODULE
int module;
#else
int built_in;
#endif
""",
    "net/log.c": "int log;\n",
    "net/module.c": "int m;\n",
    "net/old.c": "int old;\n",
    "net/wifi.c": "int never_by_itself;\n",
    "net/chip/Makefile": "obj-$(CONFIG_CHIP) += chip.o\nobj-y += always.o ../shared/shared.o\n",
    "net/chip/chip.c": '#include "chip.h"\nint chip;\n',
    "net/chip/chip.h": "int in_chip;\n",
    "net/chip/always.c": "int always;\n",
    "net/shared/shared.c": "int shared;\n",
    "net2/Makefile": """\
NET2 = $(srctree)/$(src)
obj-y += a.o
ccflags-y += -I$(NET2)/inner
""",
    "net2/a.c": '#include "core.h"\nint a;\n',
    "net2/inner/core.h": "int inner;\n",
    "net2/other/core.h": "int other;\n",
    "drivers/Makefile": """\
subdir-y += tool
subdir- := loader
obj-$(CONFIG_ARM64) += off/
obj-m += plain.o
""",
    "drivers/loader/Makefile": "obj-y += l.o\n",
    "drivers/loader/l.c": "int l;\n",
    "drivers/off/Makefile": "obj-y += o.o\n",
    "drivers/off/o.c": "int o;\n",
    "drivers/plain.c": "int plain;\n",
    "drivers/tool/Makefile": "obj-y += t.o\nobj-$(CONFIG_WIFI) += u.o\n",
    "drivers/tool/t.c": "int t;\n",
    "drivers/tool/u.c": "int u;\n",
    "drivers/lost.c": "int lost;\n",
    "include/linux/wifi.h": """\
#ifndef _LINUX_WIFI_H
#define _LINUX_WIFI_H
#ifdef CONFIG_WIFI_MODULE
int wifi_m;
#endif
int wifi;
#endif /* _LINUX_WIFI_H */
""",
    "include/linux/nobody.h": "int nobody;\n",
}


def lay_out(folder: Path) -> Path:
    """Write the tree, and a project file that says what kind of tree it is."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "kvariant.toml").write_text('preset = "linux"\nenv = { ARCH = "x86" }\n')
    return folder


def load(folder: Path) -> Tree:
    """Return the tree, parsed."""
    return Tree.load(folder / "Kconfig", env={"ARCH": "x86"}, preset="linux", shell=False)
