# SPDX-License-Identifier: MIT
"""The kernel's own helpers, compiled for this host: one library per different text.

The C program is short: a configuration's #defines, the headers that headers.py
laid out, and a wrapper over 64-bit words for every helper and constant that the
preprocessed headers turn out to have. So the kernel's own #ifdefs decide what a
helper does and whether it exists, and configurations with the same preprocessed
text share a library.
"""

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .configurations import Configuration
from .contract import CONSTANTS, KINDS, OPTIONAL_CONSTANTS, Helper, Word, helpers
from .headers import STAND_INS
from .native import compile_library, run_compiler

OPTIONS = ("-nostdinc", "-ffreestanding", "-w", "-O0", "-fno-strict-aliasing")
"""The kernel is C that shifts and aliases as it likes; its warnings are not ours."""

INCLUDES = """\
#include <linux/kconfig.h>
#if __has_include(<linux/leafops.h>)
#define MAYBE_CONST const
#else
#define MAYBE_CONST
#endif
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/hugetlb_inline.h>
#include <linux/userfaultfd_k.h>
#if __has_include(<linux/leafops.h>)
#include <linux/leafops.h>
#ifdef CONFIG_USERFAULTFD
#include <mm/userfaultfd.h>
#endif
#endif
"""

VM_OPS = ", ".join("NULL" if kind == "anon" else f"&{kind}_vm_ops" for kind in KINDS)

SURROUNDINGS = (
    f"#define VM_OPS {VM_OPS}\n"
    + """\
uint64_t kernel_warn_hits, kernel_warn_fired, kernel_bugs;
const struct vm_operations_struct file_vm_ops;
const struct vm_operations_struct shmem_vm_ops = {
#if defined(BY_UFFD_OPS) && defined(CONFIG_SHMEM)
	.uffd_ops = &shmem_uffd_ops,
#endif
};
const struct vm_operations_struct hugetlb_vm_ops = {
#if defined(BY_UFFD_OPS) && defined(CONFIG_HUGETLB_PAGE)
	.uffd_ops = &hugetlb_uffd_ops,
#endif
};

#ifdef CONFIG_SHMEM
bool vma_is_shmem(MAYBE_CONST struct vm_area_struct *vma) { return vma->vm_ops == &shmem_vm_ops; }
#endif

/* mmap gives a hugetlbfs area its VM_HUGETLB; the other flags are as they are asked for. */
static struct vm_area_struct kernel_vma(uint64_t kind, uint64_t vm_flags)
{
	const struct vm_operations_struct *vm_ops[] = {VM_OPS};

	if (vm_ops[kind] == &hugetlb_vm_ops)
		vm_flags |= VM_HUGETLB;
	return (struct vm_area_struct){.vm_ops = vm_ops[kind], .vm_flags = vm_flags};
}

#ifdef CONFIG_SWAP
/*
 * mm/swapfile.c computes this at boot, from the largest offset that survives a pte.
 * Some x86 CPUs (L1TF) have less; we look at the encoding alone.
 */
bool swap_migration_ad_supported;
__attribute__((constructor)) static void kernel_boot(void)
{
	swp_entry_t stored = __pte_to_swp_entry(swp_entry_to_pte(swp_entry(0, ~0UL)));
	unsigned long size =
		swp_offset(swp_entry(__swp_type(stored), __swp_offset(stored))) + 1;

	swap_migration_ad_supported = size >= (1UL << SWP_MIG_TOTAL_BITS);
}
#endif
"""
)


@dataclass(frozen=True, slots=True)
class Program:
    """What the preprocessor makes of a configuration."""

    key: str
    """The preprocessed headers; equal keys mean equal helpers."""
    text: str
    """C text that exports each existing helper as kernel_NAME, each constant likewise."""
    helpers: tuple[Helper, ...]
    constants: tuple[str, ...]
    """Names that the headers define, of the required and of the optional constants."""
    headers: Path

    def compile(self, folder: Path) -> "Oracle":
        """Return the library, from `folder` if it is there already."""
        library = compile_library(
            self.text, folder, *OPTIONS, *_search(self.headers), identity=self.key
        )
        return Oracle(self, ctypes.CDLL(str(library)))


class Oracle:
    """A loaded library of the kernel's helpers."""

    def __init__(self, program: Program, library: ctypes.CDLL) -> None:
        """Read the constants once."""
        self.helpers = program.helpers
        self.library = library
        self.constants = {
            name: ctypes.c_uint64.in_dll(library, f"kernel_constant_{name}").value
            for name in program.constants
        }

    def call(self, name: str, *arguments: int) -> int:
        """Call one helper once."""
        function = self.library[f"kernel_{name}"]
        function.restype = ctypes.c_uint64
        return int(function(*(ctypes.c_uint64(argument) for argument in arguments)))

    def counter(self, name: str) -> int:
        """Return "warn_hits", "warn_fired" or "bugs"."""
        return ctypes.c_uint64.in_dll(self.library, f"kernel_{name}").value


def program(configuration: Configuration, headers: Path) -> Program:
    """Preprocess the headers under a configuration.

    Args:
        configuration: decides every #ifdef.
        headers: as headers.write_headers made them.
    """
    known = helpers(configuration.release)
    names = CONSTANTS + OPTIONAL_CONSTANTS
    # A macro that exists shows as itself expanded, so its value is part of the key.
    probes = "".join(_probe(helper.name, "(x)") for helper in known)
    probes += "".join(_probe(name, "") for name in names)
    start = configuration.defines + "#define __KERNEL__\n" + INCLUDES
    key = run_compiler(start + probes, "-E", "-P", *OPTIONS, *_search(headers))
    present = tuple(helper for helper in known if _exists(helper.name, key))
    constants = tuple(name for name in names if _exists(name, key))
    wrappers = "\n".join(_wrapper(helper) for helper in present)
    values = "".join(f"const uint64_t kernel_constant_{name} = {name};\n" for name in constants)
    text = start + SURROUNDINGS + wrappers + values
    return Program(key, text, present, constants, headers)


def _search(headers: Path) -> Iterator[str]:
    yield from (f"-I{STAND_INS}", f"-I{headers}")


def _probe(name: str, call: str) -> str:
    return f"#ifdef {name}\nprobe_{name} = {name}{call}\n#endif\n"


_BODY = re.compile(r"\s*\([^;{}]*\)\s*\{")
"""What stands behind the name of a function that is defined."""


def _exists(name: str, preprocessed: str) -> bool:
    """Return whether there is a macro or a function of a name.

    An expression that begins with `\\b` is tried at every character of half a megabyte.
    """
    if f"probe_{name} = " in preprocessed:
        return True
    at = preprocessed.find(name)
    while at >= 0:
        before = preprocessed[at - 1 : at]
        if not (before.isalnum() or before == "_") and _BODY.match(preprocessed, at + len(name)):
            return True
        at = preprocessed.find(name, at + 1)
    return False


_FROM_WORD = {
    Word.PTE: "__pte({0})",
    Word.ENTRY: "(swp_entry_t){{{0}}}",
    Word.PFN: "pfn_to_page({0})",
    Word.VMA: "(struct vm_area_struct[]){{kernel_vma({0}, {1})}}",
}

_TO_WORD = {
    Word.PTE: "pte_val({})",
    Word.ENTRY: "({}).val",
    Word.BOOL: "!!({})",  # x86's pte_present, say, gives the bits that it found
}


def _wrapper(helper: Helper) -> str:
    arguments: list[str] = []
    at = 0
    for argument in helper.arguments:
        taken = 2 if argument is Word.VMA else 1
        given = [f"w{number}" for number in range(at, at + taken)]
        arguments.append(_FROM_WORD.get(argument, "{0}").format(*given))
        at += taken
    parameters = ", ".join(f"uint64_t w{number}" for number in range(at)) or "void"
    result = _TO_WORD.get(helper.result, "{}").format(f"{helper.name}({', '.join(arguments)})")
    return f"uint64_t kernel_{helper.name}({parameters}) {{ return {result}; }}\n"
