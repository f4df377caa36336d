/* SPDX-License-Identifier: MIT */
/* Who may be registered, as 7.2 decides it: each kind of memory has operations that say so. */
#pragma once
#define BY_UFFD_OPS
#include <linux/userfaultfd_k.h>

static const struct vm_uffd_ops anon_uffd_ops;

#include <extracted/mm/userfaultfd.h>
#include <extracted/mm/shmem.h>
#include <extracted/mm/hugetlb.h>

static const struct vm_uffd_ops anon_uffd_ops = {.can_userfault = anon_can_userfault};
#ifdef CONFIG_SHMEM
static const struct vm_uffd_ops shmem_uffd_ops = {.can_userfault = shmem_can_userfault};
#endif
static const struct vm_uffd_ops hugetlb_uffd_ops = {.can_userfault = hugetlb_can_userfault};
