/* SPDX-License-Identifier: MIT */
/* Generated from generator/templates/include/linux/userfaultfd_k.h.j2; do not edit. */
#ifndef LINUX_USERFAULTFD_K_H
#define LINUX_USERFAULTFD_K_H

#include <linux/mm_types.h>

/* Flags of a mapping: the modes it is registered for, and what it is. */
#define VM_UFFD_MISSING BIT(9)
#define VM_UFFD_WP BIT(12)
#define VM_UFFD_MINOR 0

/* Whether userfaultfd handles missing pages of a mapping. */
static inline bool userfaultfd_missing(struct vm_area_struct *vma)
{
	return false;
}

/* Whether userfaultfd handles writes to protected pages of a mapping. */
static inline bool userfaultfd_wp(struct vm_area_struct *vma)
{
	return false;
}

/* Whether userfaultfd handles minor faults of a mapping. */
static inline bool userfaultfd_minor(struct vm_area_struct *vma)
{
	return false;
}

/* Whether userfaultfd handles any faults of a mapping. */
static inline bool userfaultfd_armed(struct vm_area_struct *vma)
{
	return false;
}

/* Whether userfaultfd handles writes to the page of a present pte. */
static inline bool userfaultfd_pte_wp(struct vm_area_struct *vma, pte_t pte)
{
	return false;
}

/* Whether a swap entry is a marker left by a page that userfaultfd protects from writes. */
static inline bool pte_marker_entry_uffd_wp(swp_entry_t entry)
{
	return false;
}

/* Whether a pte holds such a marker. */
static inline bool pte_marker_uffd_wp(pte_t pte)
{
	return false;
}

/* Whether userfaultfd protects a swap pte from writes, by its own bit or as a marker. */
static inline bool pte_swp_uffd_wp_any(pte_t pte)
{
	return false;
}

#endif /* LINUX_USERFAULTFD_K_H */
