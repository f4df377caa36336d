/* SPDX-License-Identifier: MIT */
/* Generated from generator/templates/include/asm/pgtable.h.j2; do not edit. */
#ifndef ASM_PGTABLE_H
#define ASM_PGTABLE_H

#include <linux/mm_types.h>

#define PTE_SWP_TYPE_MASK	(BIT(5) - 1)

/* x86_64 with 4-level paging: bits of any page table entry. */
#define PTE_PRESENT_BITS	(BIT(0) | BIT(8))	/* PROT_NONE counts as present */
#define PTE_NONE_IGNORED	(BIT(5) | BIT(6))	/* accessed and dirty alone are none */
#define PTE_UFFD_WP		BIT(10)

/* A swap pte: type, inverted offset, and below them the flags. */
#define PTE_SWP_SOFT_DIRTY	BIT(1)
#define PTE_SWP_UFFD_WP		BIT(2)
#define PTE_SWP_EXCLUSIVE	BIT(3)
#define PTE_SWP_OFFSET_SHIFT	9
#define PTE_SWP_OFFSET_MASK	(BIT(50) - 1)
#define PTE_SWP_OFFSET_INVERTED	(~0UL)
#define PTE_SWP_OFFSET_STORED	PTE_SWP_OFFSET_MASK	/* longer offsets are cut */
#define PTE_SWP_TYPE_SHIFT	59
#define PTE_SWP_TYPE_STORED	PTE_SWP_TYPE_MASK

#define MAX_PHYSMEM_BITS	46

/* Whether nothing is mapped or recorded here. */
static inline bool pte_none(pte_t pte)
{
	return !(pte_val(pte) & ~PTE_NONE_IGNORED);
}

/* Whether a page is mapped here. */
static inline bool pte_present(pte_t pte)
{
	return pte_val(pte) & PTE_PRESENT_BITS;
}

/* Whether userfaultfd protects this present pte from writes. */
static inline bool pte_uffd_wp(pte_t pte)
{
	return pte_val(pte) & PTE_UFFD_WP;
}

/* Whether this swap pte records that the anonymous page belongs to one process alone. */
static inline bool pte_swp_exclusive(pte_t pte)
{
	return pte_val(pte) & PTE_SWP_EXCLUSIVE;
}

/* Record in a swap pte that the anonymous page belongs to one process alone. */
static inline pte_t pte_swp_mkexclusive(pte_t pte)
{
	return __pte(pte_val(pte) | PTE_SWP_EXCLUSIVE);
}

/* Forget in a swap pte that the anonymous page belongs to one process alone. */
static inline pte_t pte_swp_clear_exclusive(pte_t pte)
{
	return __pte(pte_val(pte) & ~PTE_SWP_EXCLUSIVE);
}

/* Whether this swap pte records that the page was written to since the bit was cleared. */
static inline bool pte_swp_soft_dirty(pte_t pte)
{
	return false;
}

/* Record in a swap pte that the page was written to since the bit was cleared. */
static inline pte_t pte_swp_mksoft_dirty(pte_t pte)
{
	return pte;
}

/* Forget in a swap pte that the page was written to since the bit was cleared. */
static inline pte_t pte_swp_clear_soft_dirty(pte_t pte)
{
	return pte;
}

/* Whether this swap pte records that userfaultfd protects the page from writes. */
static inline bool pte_swp_uffd_wp(pte_t pte)
{
	return pte_val(pte) & PTE_SWP_UFFD_WP;
}

/* Record in a swap pte that userfaultfd protects the page from writes. */
static inline pte_t pte_swp_mkuffd_wp(pte_t pte)
{
	return __pte(pte_val(pte) | PTE_SWP_UFFD_WP);
}

/* Forget in a swap pte that userfaultfd protects the page from writes. */
static inline pte_t pte_swp_clear_uffd_wp(pte_t pte)
{
	return __pte(pte_val(pte) & ~PTE_SWP_UFFD_WP);
}

/* Type in a swap pte without flags. */
static inline unsigned int __swp_type(pte_t pte)
{
	return pte_val(pte) >> PTE_SWP_TYPE_SHIFT & PTE_SWP_TYPE_MASK;
}

/* Offset in a swap pte without flags. */
static inline unsigned long __swp_offset(pte_t pte)
{
	return (pte_val(pte) ^ PTE_SWP_OFFSET_INVERTED) >> PTE_SWP_OFFSET_SHIFT
	       & PTE_SWP_OFFSET_MASK;
}

/* Swap pte without flags that holds the type and the offset. */
static inline pte_t __swp_entry(unsigned long type, unsigned long offset)
{
	offset = (offset ^ PTE_SWP_OFFSET_INVERTED) & PTE_SWP_OFFSET_STORED;
	type &= PTE_SWP_TYPE_STORED;
	return __pte(type << PTE_SWP_TYPE_SHIFT | offset << PTE_SWP_OFFSET_SHIFT);
}

#endif /* ASM_PGTABLE_H */
