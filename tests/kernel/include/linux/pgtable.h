/* SPDX-License-Identifier: MIT */
#pragma once
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/mm_types.h>
#include <asm/sparsemem.h>
#include <asm/pgtable.h>
#include <asm-generic/pgtable_uffd.h>
#include <extracted/linux/pgtable.h>
