/* SPDX-License-Identifier: MIT */
#pragma once
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/mm_types.h>
#include <linux/pgtable.h>
#include <extracted/linux/mm.h>

/* Where an area's vm_ops point to, by kind; anonymous areas have none. */
extern const struct vm_operations_struct shmem_vm_ops, hugetlb_vm_ops, file_vm_ops;
