/* SPDX-License-Identifier: MIT */
/* Warnings and bugs are counted instead of printed. */
#pragma once
#include <linux/types.h>

extern uint64_t kernel_warn_hits;  /* every time that a warning's condition held */
extern uint64_t kernel_warn_fired; /* once a call site */
extern uint64_t kernel_bugs;

#define WARN_ON_ONCE(condition)               \
	({                                    \
		static bool fired;            \
		bool hit = !!(condition);     \
		kernel_warn_hits += hit;      \
		kernel_warn_fired += hit && !fired; \
		fired |= hit;                 \
		hit;                          \
	})
#define WARN_ON(condition) (kernel_warn_hits += !!(condition))
#define BUG_ON(condition) ((void)(kernel_bugs += !!(condition)))
#define BUILD_BUG_ON(condition) _Static_assert(1, "") /* some conditions are no C constants */
#define BUILD_BUG() ((void)0)
#define VM_BUG_ON(condition) ((void)sizeof(condition)) /* CONFIG_DEBUG_VM=n */
#define VM_WARN_ON_ONCE(condition) ((void)sizeof(condition))
