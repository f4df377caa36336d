/* SPDX-License-Identifier: MIT */
#pragma once
#include <linux/types.h>
#include <vdso/bits.h>

#define GENMASK(high, low) (((~0UL) << (low)) & (~0UL >> (63 - (high))))
