/* SPDX-License-Identifier: MIT */
/* Generated from generator/templates/include/linux/userfaultfd_k.h.j2; do not edit. */
#ifndef LINUX_USERFAULTFD_K_H
#define LINUX_USERFAULTFD_K_H

#include <asm/pgtable.h>
#include <linux/mm_types.h>
#include <linux/swapops.h>

/* Flags of a mapping: the modes it is registered for, and what it is. */
#define VM_UFFD_MISSING BIT(9)
#define VM_UFFD_WP BIT(12)
#define VM_UFFD_MINOR BIT(38)
#define __VM_UFFD_FLAGS (VM_UFFD_MISSING | VM_UFFD_WP | VM_UFFD_MINOR)
#define VM_HUGETLB BIT(22)
#define VM_SPECIAL (BIT(10) | BIT(14) | BIT(18) | BIT(28))

/* Whether a mapping has no file behind it. */
static inline bool vma_is_anonymous(struct vm_area_struct *vma)
{
	return vma->kind == VMA_ANON;
}

/* Whether a mapping is shared memory. */
static inline bool vma_is_shmem(struct vm_area_struct *vma)
{
	return vma->kind == VMA_SHMEM;
}

/* Whether a mapping is made of huge pages. */
static inline bool is_vm_hugetlb_page(struct vm_area_struct *vma)
{
	return vma->kind == VMA_HUGETLB || vma->vm_flags & VM_HUGETLB;
}

/* Whether userfaultfd handles missing pages of a mapping. */
static inline bool userfaultfd_missing(struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_UFFD_MISSING;
}

/* Whether userfaultfd handles writes to protected pages of a mapping. */
static inline bool userfaultfd_wp(struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_UFFD_WP;
}

/* Whether userfaultfd handles minor faults of a mapping. */
static inline bool userfaultfd_minor(struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_UFFD_MINOR;
}

/* Whether userfaultfd handles any faults of a mapping. */
static inline bool userfaultfd_armed(struct vm_area_struct *vma)
{
	return vma->vm_flags & __VM_UFFD_FLAGS;
}

/* Whether userfaultfd handles writes to the page of a present pte. */
static inline bool userfaultfd_pte_wp(struct vm_area_struct *vma, pte_t pte)
{
	return userfaultfd_wp(vma) && pte_uffd_wp(pte);
}

/* Whether a mapping is of a file without a disk: shared memory or huge pages. */
static inline bool vma_is_ram(struct vm_area_struct *vma)
{
	return vma_is_shmem(vma) || is_vm_hugetlb_page(vma);
}

/* Whether a mapping can be registered for the modes in vm_flags. */
static inline bool vma_can_userfault(
		struct vm_area_struct *vma, unsigned long vm_flags, bool wp_async)
{
	if (!is_vm_hugetlb_page(vma) && vma->vm_flags & VM_SPECIAL)
		return false;
	vm_flags &= __VM_UFFD_FLAGS;
	if (wp_async && vm_flags == VM_UFFD_WP)
		return true;
	if (vm_flags & VM_UFFD_MINOR && !vma_is_ram(vma))
		return false;
	return vma_is_ram(vma) || vma_is_anonymous(vma);
}

/* Whether a swap entry is a marker left by a page that userfaultfd protects from writes. */
static inline bool pte_marker_entry_uffd_wp(swp_entry_t entry)
{
	return is_pte_marker_entry(entry) &&
	       pte_marker_get(entry) & PTE_MARKER_UFFD_WP;
}

/* Whether a pte holds such a marker. */
static inline bool pte_marker_uffd_wp(pte_t pte)
{
	return is_pte_marker(pte) && pte_marker_entry_uffd_wp(pte_to_swp_entry(pte));
}

/* Whether userfaultfd protects a swap pte from writes, by its own bit or as a marker. */
static inline bool pte_swp_uffd_wp_any(pte_t pte)
{
	return !pte_present(pte) && (pte_swp_uffd_wp(pte) || pte_marker_uffd_wp(pte));
}

#endif /* LINUX_USERFAULTFD_K_H */
