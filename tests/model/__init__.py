# SPDX-License-Identifier: MIT
"""A simulated address space whose page tables only generated helpers build and read.

    rules   what must hold, in sentences, and a count of how often each was met
    ptes    a page table entry, made and read through one variant's helpers
    space   areas, files, faults, and what userfaultfd does to them
    script  steps as data, random scripts, and a run of one on the simulation
    live    the same run on the kernel of this machine

It follows a running kernel 6.18, and the sources of 7.2 where they differ; which of
them a variant is, and what older kernels lack, is found by asking the helpers. It knows one
process with small areas and no races; huge pages, memory cgroups and minor faults are not there,
nor is a guard over a protected page of a file, for which the kernel tries for ever.
"""
