/* SPDX-License-Identifier: MIT */
/* Generated from generator/templates/include/linux/bug.h.j2; do not edit. */
#ifndef LINUX_BUG_H
#define LINUX_BUG_H

#include <stdbool.h>
#include <stdio.h>

/* Weak: one pair per program or shared library, whoever includes this. */
__attribute__((weak)) unsigned long warn_hits;	/* warnings met */
__attribute__((weak)) unsigned long warn_fired;	/* warnings printed */

static inline bool warn_once(bool condition, bool *printed, const char *where)
{
	if (!condition)
		return false;
	warn_hits++;
	if (!*printed) {
		*printed = true;
		warn_fired++;
		fprintf(stderr, "WARNING: %s()\n", where);
	}
	return true;
}

/* Count every time the condition holds; print the first time at this place. */
#define WARN_ON_ONCE(condition) ({ \
	static bool printed_; \
	warn_once((condition), &printed_, __func__); \
})

#endif /* LINUX_BUG_H */
