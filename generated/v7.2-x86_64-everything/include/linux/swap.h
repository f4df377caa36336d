/* SPDX-License-Identifier: MIT */
/* Generated from generator/templates/include/linux/swap.h.j2; do not edit. */
#ifndef LINUX_SWAP_H
#define LINUX_SWAP_H

/*
 * Swap types that stand for something other than a swap file have the upper
 * end of the five bits; what they leave is MAX_SWAPFILES.
 */
#define MAX_SWAPFILES_SHIFT 5
#define SWP_HWPOISON_NUM 1
#define SWP_MIGRATION_NUM 3
#define SWP_DEVICE_NUM 3
#define SWP_PFN_NUM (SWP_HWPOISON_NUM + SWP_MIGRATION_NUM + SWP_DEVICE_NUM)
#define SWP_PTE_MARKER_NUM 1

#define MAX_SWAPFILES ((1 << MAX_SWAPFILES_SHIFT) - SWP_PFN_NUM - SWP_PTE_MARKER_NUM)

#define SWP_HWPOISON MAX_SWAPFILES

#define SWP_MIGRATION_READ (MAX_SWAPFILES + SWP_HWPOISON_NUM)
#define SWP_MIGRATION_READ_EXCLUSIVE (SWP_MIGRATION_READ + 1)
#define SWP_MIGRATION_WRITE (SWP_MIGRATION_READ + 2)

#define SWP_DEVICE_WRITE (MAX_SWAPFILES + SWP_HWPOISON_NUM + SWP_MIGRATION_NUM)
#define SWP_DEVICE_READ (SWP_DEVICE_WRITE + 1)
#define SWP_DEVICE_EXCLUSIVE (SWP_DEVICE_WRITE + 2)

#define SWP_PTE_MARKER (MAX_SWAPFILES + SWP_PFN_NUM)

#endif /* LINUX_SWAP_H */
