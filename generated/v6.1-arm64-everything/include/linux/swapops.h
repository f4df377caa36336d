/* SPDX-License-Identifier: MIT */
/* Generated from generator/templates/include/linux/swapops.h.j2; do not edit. */
#ifndef LINUX_SWAPOPS_H
#define LINUX_SWAPOPS_H

#include <asm/pgtable.h>
#include <linux/bug.h>
#include <linux/mm_types.h>
#include <linux/swap.h>

#define SWP_TYPE_SHIFT (63 - MAX_SWAPFILES_SHIFT)
#define SWP_OFFSET_MASK (BIT(SWP_TYPE_SHIFT) - 1)

#define SWP_PFN_BITS (MAX_PHYSMEM_BITS - PAGE_SHIFT)
#define SWP_PFN_MASK (BIT(SWP_PFN_BITS) - 1)
#define SWP_MIG_YOUNG BIT(SWP_PFN_BITS)
#define SWP_MIG_DIRTY (BIT(SWP_PFN_BITS + 1))
#define SWP_MIG_TOTAL_BITS (SWP_PFN_BITS + 2)

/* Swap entry of a type and an offset, each cut to its place. */
static inline swp_entry_t swp_entry(unsigned long type, unsigned long offset)
{
	return entry_of_word(type << SWP_TYPE_SHIFT | (offset & SWP_OFFSET_MASK));
}

/* Type of a swap entry, 0 to 63. */
static inline unsigned int swp_type(swp_entry_t entry)
{
	return word_of_entry(entry) >> SWP_TYPE_SHIFT;
}

/* Offset of a swap entry. */
static inline unsigned long swp_offset(swp_entry_t entry)
{
	return word_of_entry(entry) & SWP_OFFSET_MASK;
}

/* Page frame number in the offset of a swap entry. */
static inline unsigned long swp_offset_pfn(swp_entry_t entry)
{
	return swp_offset(entry) & SWP_PFN_MASK;
}

/* Whether a pte holds a swap entry: neither none nor present. */
static inline bool is_swap_pte(pte_t pte)
{
	return !pte_none(pte) && !pte_present(pte);
}

/* Reduce a swap pte to its type and offset. */
static inline pte_t pte_swp_clear_flags(pte_t pte)
{
	pte = pte_swp_clear_exclusive(pte);
	pte = pte_swp_clear_soft_dirty(pte);
	return pte_swp_clear_uffd_wp(pte);
}

/*
 * Read the swap entry out of a pte, whatever kind of pte it is; from 7.2 on, none where it
 * is no swap pte.
 */
static inline swp_entry_t pte_to_swp_entry(pte_t pte)
{
	pte = pte_swp_clear_flags(pte);
	return swp_entry(__swp_type(pte), __swp_offset(pte));
}

/* Store a swap entry in a pte, as far as it fits. */
static inline pte_t swp_entry_to_pte(swp_entry_t entry)
{
	return __swp_entry(swp_type(entry), swp_offset(entry));
}

/* Whether a swap entry stands for something other than a swap file. */
static inline bool non_swap_entry(swp_entry_t entry)
{
	return swp_type(entry) >= MAX_SWAPFILES;
}

/* Pages on the move. */

/* Swap entry of a read-only page on the move. */
static inline swp_entry_t make_readable_migration_entry(unsigned long offset)
{
	return swp_entry(SWP_MIGRATION_READ, offset);
}

/* Swap entry of a read-only page on the move that one process has to itself. */
static inline swp_entry_t make_readable_exclusive_migration_entry(unsigned long offset)
{
	return swp_entry(SWP_MIGRATION_READ_EXCLUSIVE, offset);
}

/* Swap entry of a writable page on the move. */
static inline swp_entry_t make_writable_migration_entry(unsigned long offset)
{
	return swp_entry(SWP_MIGRATION_WRITE, offset);
}

/* Whether a page is on the move, read-only and not exclusive. */
static inline bool is_readable_migration_entry(swp_entry_t entry)
{
	return swp_type(entry) == SWP_MIGRATION_READ;
}

/* Whether a page is on the move, read-only and exclusive. */
static inline bool is_readable_exclusive_migration_entry(swp_entry_t entry)
{
	return swp_type(entry) == SWP_MIGRATION_READ_EXCLUSIVE;
}

/* Whether a page is on the move and writable. */
static inline bool is_writable_migration_entry(swp_entry_t entry)
{
	return swp_type(entry) == SWP_MIGRATION_WRITE;
}

/* Whether a page is on the move. */
static inline bool is_migration_entry(swp_entry_t entry)
{
	return is_readable_migration_entry(entry) ||
	       is_readable_exclusive_migration_entry(entry) ||
	       is_writable_migration_entry(entry);
}

/* Whether migration entries keep the accessed and dirty bits. */
static inline bool migration_entry_supports_ad(void)
{
	/* What fits into a swap pte decides. */
	return PTE_SWP_OFFSET_MASK + 1 >= BIT(SWP_MIG_TOTAL_BITS);
}

/* Record that a page on the move was accessed, if there is room. */
static inline swp_entry_t make_migration_entry_young(swp_entry_t entry)
{
	if (!migration_entry_supports_ad())
		return entry;
	return swp_entry(swp_type(entry), swp_offset(entry) | SWP_MIG_YOUNG);
}

/* Whether a page on the move is known to have been accessed. */
static inline bool is_migration_entry_young(swp_entry_t entry)
{
	return migration_entry_supports_ad() && swp_offset(entry) & SWP_MIG_YOUNG;
}

/* Record that a page on the move was written to, if there is room. */
static inline swp_entry_t make_migration_entry_dirty(swp_entry_t entry)
{
	if (!migration_entry_supports_ad())
		return entry;
	return swp_entry(swp_type(entry), swp_offset(entry) | SWP_MIG_DIRTY);
}

/* Whether a page on the move is known to have been written to. */
static inline bool is_migration_entry_dirty(swp_entry_t entry)
{
	return migration_entry_supports_ad() && swp_offset(entry) & SWP_MIG_DIRTY;
}

/* Pages in the private memory of a device, or lent to it. */

/* Swap entry of a read-only page in device memory. */
static inline swp_entry_t make_readable_device_private_entry(unsigned long offset)
{
	return swp_entry(SWP_DEVICE_READ, offset);
}

/* Swap entry of a writable page in device memory. */
static inline swp_entry_t make_writable_device_private_entry(unsigned long offset)
{
	return swp_entry(SWP_DEVICE_WRITE, offset);
}

/* Whether a page is in device memory and writable. */
static inline bool is_writable_device_private_entry(swp_entry_t entry)
{
	return swp_type(entry) == SWP_DEVICE_WRITE;
}

/* Whether a page is in device memory. */
static inline bool is_device_private_entry(swp_entry_t entry)
{
	return swp_type(entry) == SWP_DEVICE_READ ||
	       is_writable_device_private_entry(entry);
}

/* Swap entry of a read-only page that a device uses alone. */
static inline swp_entry_t make_readable_device_exclusive_entry(unsigned long offset)
{
	return swp_entry(SWP_DEVICE_EXCLUSIVE_READ, offset);
}

/* Swap entry of a page that a device uses alone; up to 6.12, of a writable one. */
static inline swp_entry_t make_writable_device_exclusive_entry(unsigned long offset)
{
	return swp_entry(SWP_DEVICE_EXCLUSIVE_WRITE, offset);
}

/* Whether a page is used by a device alone and writable. */
static inline bool is_writable_device_exclusive_entry(swp_entry_t entry)
{
	return swp_type(entry) == SWP_DEVICE_EXCLUSIVE_WRITE;
}

/* Whether a page is used by a device alone. */
static inline bool is_device_exclusive_entry(swp_entry_t entry)
{
	if (swp_type(entry) == SWP_DEVICE_EXCLUSIVE_READ)
		return true;
	return swp_type(entry) == SWP_DEVICE_EXCLUSIVE_WRITE;
}

/* Pages lost to bad memory. */

/* Swap entry of a page lost to bad memory. */
static inline swp_entry_t make_hwpoison_entry(unsigned long pfn)
{
	return swp_entry(SWP_HWPOISON, pfn);
}

/* Whether a page is lost to bad memory. */
static inline bool is_hwpoison_entry(swp_entry_t entry)
{
	return swp_type(entry) == SWP_HWPOISON;
}

/* Whether the offset of a swap entry is a page frame number. */
static inline bool is_pfn_swap_entry(swp_entry_t entry)
{
	if (is_hwpoison_entry(entry))
		return true;
	return is_migration_entry(entry) || is_device_private_entry(entry) ||
	       is_device_exclusive_entry(entry);
}

/* Markers: a few bits instead of a page. */

typedef unsigned long pte_marker;

#define PTE_MARKER_UFFD_WP BIT(0)
#define PTE_MARKER_MASK PTE_MARKER_UFFD_WP

/* Swap entry that carries the given marker bits, known ones or not. */
static inline swp_entry_t make_pte_marker_entry(pte_marker marker)
{
	WARN_ON_ONCE(1);
	return swp_entry(0, 0);
}

/* Whether a swap entry is a marker, an empty one included. */
static inline bool is_pte_marker_entry(swp_entry_t entry)
{
	return false;
}

/* Known marker bits in the offset of a swap entry of any type. */
static inline pte_marker pte_marker_get(swp_entry_t entry)
{
	return 0;
}

/* Whether a pte holds a marker. */
static inline bool is_pte_marker(pte_t pte)
{
	return false;
}

/* Pte that holds a marker with the given bits. */
static inline pte_t make_pte_marker(pte_marker marker)
{
	return swp_entry_to_pte(make_pte_marker_entry(marker));
}

/* Whether no page is recorded here: the pte is none or a marker. */
static inline bool pte_none_mostly(pte_t pte)
{
	return pte_none(pte) || is_pte_marker(pte);
}

/* Swap entry of a page that could not be read from swap. */
static inline swp_entry_t make_swapin_error_entry(unsigned long pfn)
{
	return swp_entry(SWP_SWAPIN_ERROR, pfn);
}

/* Whether every access to a page fails, as it could not be read from swap. */
static inline bool is_swapin_error_entry(swp_entry_t entry)
{
	return swp_type(entry) == SWP_SWAPIN_ERROR;
}

#endif /* LINUX_SWAPOPS_H */
