/* SPDX-License-Identifier: MIT */
#pragma once
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/mm_types.h>
#ifdef CONFIG_X86_64
#include <asm/pgtable_types.h>
#include <extracted/asm/pgtable.h>
#include <extracted/asm/pgtable_64.h>
#else
#include <asm/page-def.h>
#include <asm/pgtable-prot.h>
#include <extracted/asm/pgtable.h>
#endif
