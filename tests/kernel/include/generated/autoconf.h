/* SPDX-License-Identifier: MIT */
/* The configuration is set before anything is included. */
