/* SPDX-License-Identifier: MIT */
#pragma once
#include <linux/bug.h>
#include <extracted/linux/xarray.h>
