/* SPDX-License-Identifier: MIT */
/* Pages, areas and entries. A page is its frame number in disguise. */
#pragma once
#include <linux/types.h>

typedef struct {
	unsigned long val;
} swp_entry_t;

typedef swp_entry_t softleaf_t;

struct page;
struct folio;
#define page_to_pfn(page) ((unsigned long)(page))
#define pfn_to_page(pfn) ((struct page *)(pfn))
#define PageLocked(page) true
#define page_folio(page) ((struct folio *)(page))
#define pfn_folio(pfn) ((struct folio *)(pfn))
#define folio_test_locked(folio) true
#define smp_rmb() ((void)0)

struct userfaultfd_ctx;
struct vm_userfaultfd_ctx {
	struct userfaultfd_ctx *ctx;
};

/* Flags of an area as 7.2 has them: a bitmap, of which a word holds all that there are. */
typedef unsigned long vm_flags_t;
typedef int vma_flag_t;
typedef struct {
	unsigned long word;
} vma_flags_t;
static inline vma_flags_t flags_of_bits(const int *bits, unsigned long count)
{
	vma_flags_t flags = {0};

	while (count--)
		flags.word |= 1UL << bits[count];
	return flags;
}
#define mk_vma_flags(...) \
	flags_of_bits((int[]){__VA_ARGS__}, sizeof((int[]){__VA_ARGS__}) / sizeof(int))
#define vma_flags_to_legacy(flags) ((flags).word)
#define vma_flags_test(flags, bit) ((flags)->word >> (bit) & 1)

struct vm_uffd_ops;
struct vm_operations_struct {
	const struct vm_uffd_ops *uffd_ops;
};

struct vm_area_struct {
	const struct vm_operations_struct *vm_ops;
	union {
		unsigned long vm_flags;
		vma_flags_t flags;
	};
	struct vm_userfaultfd_ctx vm_userfaultfd_ctx;
};

/* Named in declarations only. */
struct mm_struct;
struct vm_fault;
struct vma_iterator;
struct list_head;
struct inode;
typedef struct {
	long counter;
} atomic_t, atomic_long_t, refcount_t, spinlock_t, seqcount_spinlock_t, wait_queue_head_t;
struct rw_semaphore {
	long count;
};
#define atomic_long_inc(counted) ((void)0)
#define atomic_long_dec(counted) ((void)0)
#define atomic_long_sub(number, counted) ((void)0)
typedef unsigned int vm_fault_t;
#define VM_FAULT_SIGBUS 2
