/* SPDX-License-Identifier: MIT */
/* Nothing that is compared reads this header. */
