/* SPDX-License-Identifier: MIT */
/* The kernel's basic types, as far as its helpers use them. 64-bit only. */
#pragma once

typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef unsigned int __u32;
typedef unsigned long __u64;
typedef long ssize_t;
typedef unsigned long size_t;
typedef unsigned long uint64_t;
typedef unsigned long pgoff_t;
typedef u64 phys_addr_t;

#define BITS_PER_LONG 64

/* Annotations that mean nothing to a host compiler. */
#define __always_inline inline __attribute__((always_inline))
#define __pure __attribute__((pure))
#define __init
#define __force
#define __bitwise
#define __read_mostly
#define likely(condition) (condition)
#define unlikely(condition) (condition)
