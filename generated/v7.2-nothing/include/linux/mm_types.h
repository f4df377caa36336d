/* SPDX-License-Identifier: MIT */
/* Generated from generator/templates/include/linux/mm_types.h.j2; do not edit. */
#ifndef LINUX_MM_TYPES_H
#define LINUX_MM_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#define BIT(nr)		(1UL << (nr))
#define PAGE_SHIFT	12

/* A page table entry as the processor sees it. */
typedef struct { unsigned long pte; } pte_t;

#define __pte(word)	((pte_t){ (word) })
#define pte_val(pte_)	((pte_).pte)

/* A swap entry: the same word layout on every architecture. */
typedef struct { unsigned long val; } swp_entry_t;

typedef swp_entry_t softleaf_t;	/* seen as the leaf of a page table */

#define entry_of_word(word)	((swp_entry_t){ (word) })
#define word_of_entry(entry)	((entry).val)

/* What a mapping is made of; the kernel asks its vm_ops for this. */
enum vma_kind { VMA_ANON, VMA_SHMEM, VMA_HUGETLB, VMA_FILE };

/* A mapping, as far as userfaultfd looks at it. */
struct vm_area_struct {
	enum vma_kind kind;
	unsigned long vm_flags;
};

/* A temporary mapping, for callers that have nothing but integers. */
#define vma_of_words(kind_, flags_) \
	(&(struct vm_area_struct){ (enum vma_kind)(kind_), (flags_) })

_Static_assert(sizeof(unsigned long) == sizeof(uint64_t),
	       "entries are 64-bit words");

#endif /* LINUX_MM_TYPES_H */
