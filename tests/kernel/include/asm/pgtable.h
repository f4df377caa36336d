/* SPDX-License-Identifier: MIT */
#pragma once
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/mm_types.h>
#ifdef CONFIG_X86_64
#define cpu_feature_enabled(feature) false /* four levels of page tables */
#include <asm/pgtable_types.h>
#include <extracted/asm/pgtable.h>
#include <extracted/asm/pgtable_64.h>
#elif defined(CONFIG_RISCV)
#define PAGE_SHIFT CONFIG_PAGE_SHIFT
#define riscv_has_extension_unlikely(extension) true /* a processor that has it */
#include <extracted/asm/page.h>
#include <extracted/asm/pgtable-64.h>
#include <asm/pgtable-bits.h>
#include <extracted/asm/pgtable.h>
#else
#include <asm/page-def.h>
#include <asm/pgtable-prot.h>
#include <extracted/asm/pgtable.h>
#endif
