/* SPDX-License-Identifier: MIT */
/* Nothing that is compared reads the uapi header. */
#pragma once
#define UFFD_FEATURE_EVENT_REMAP 0
