/* SPDX-License-Identifier: MIT */
#pragma once
#include <linux/mm.h>
#include <extracted/linux/swap.h>
