# SPDX-License-Identifier: MIT
# Generated from generator/templates/python/pte_markers/swap.py.j2; do not edit.
"""The numbers of the swap types.

Types that stand for something other than a swap file have the upper end of the
five bits; what they leave is MAX_SWAPFILES. A type whose feature is off has no
name here.
"""

MAX_SWAPFILES_SHIFT = 5
SWP_HWPOISON_NUM = 0
SWP_MIGRATION_NUM = 3
SWP_DEVICE_NUM = 0
SWP_PFN_NUM = SWP_HWPOISON_NUM + SWP_MIGRATION_NUM + SWP_DEVICE_NUM
SWP_PTE_MARKER_NUM = 1

MAX_SWAPFILES = (1 << MAX_SWAPFILES_SHIFT) - SWP_PFN_NUM - SWP_PTE_MARKER_NUM


SWP_MIGRATION_READ = MAX_SWAPFILES + SWP_HWPOISON_NUM
SWP_MIGRATION_READ_EXCLUSIVE = SWP_MIGRATION_READ + 1
SWP_MIGRATION_WRITE = SWP_MIGRATION_READ + 2


SWP_PTE_MARKER = MAX_SWAPFILES + SWP_PFN_NUM
