# SPDX-License-Identifier: MIT
"""The rules of userfaultfd write protection that the simulation keeps, by number."""

from __future__ import annotations

from collections import Counter

RULES = {
    "1-untouched": "protecting a never-touched file-backed page leaves a marker at once",
    "1-present": "protecting a present page sets its bit",
    "1-dontneed": "MADV_DONTNEED turns a protected file-backed page into a marker",
    "1-pageout": "MADV_PAGEOUT turns a protected page of the page cache into a marker",
    "1-punch": "punching a hole turns a protected page into a marker",
    "1-truncate": "truncating turns a protected page into a marker",
    "1-kept": "a zap leaves a marker of file-backed memory alone",
    "1-unprotected": "a zapped page that was not protected leaves nothing",
    "1-cow-kept": "a hole in the file leaves a private copy alone",
    "1-pageout-clean": "MADV_PAGEOUT also drops a page of the file that was never written",
    "1-anon-pageout": "without swap an anonymous page stays",
    "1-mprotect": "mprotect() there and back keeps markers",
    "2-read": "a read fault on a marker maps the page protected, without an event",
    "2-write": "a write fault on a marker maps the page protected, then reports one event",
    "2-page": "a write to a protected page reports one event",
    "3-marker": "unprotecting a marker leaves nothing",
    "3-page": "unprotecting a page clears its bit",
    "3-unreported": "a write to a page that is not protected goes unreported",
    "4-nothing": "protecting unpopulated anonymous memory does nothing",
    "4-marker": "with WP_UNPOPULATED it leaves a marker",
    "4-zero": "a read fault on that marker maps the zero page protected",
    "4-zap": "zapping anonymous memory drops bits and markers",
    "5-unregister": "unregistering drops bits and markers",
    "5-munmap": "a new mapping has neither bits nor markers",
    "5-second": "a second mapping of a file has no markers of the first",
    "6-fork": "without EVENT_FORK a child has neither bits nor markers",
    "6-fork-event": "with EVENT_FORK a child has the same bits and markers",
    "6-mremap": "without EVENT_REMAP both are dropped at the new place",
    "6-mremap-event": "with EVENT_REMAP both move",
    "7-async": "with WP_ASYNC a write clears the protection, without an event",
    "7-copy-drops": "UFFDIO_COPY onto a marker drops the protection",
    "7-copy-wp": "UFFDIO_COPY with MODE_WP leaves a protected page",
    "7-copy-exists": "UFFDIO_COPY onto a page fails with EEXIST",
    "7-copy-poison": "UFFDIO_COPY puts a page in the place of poison",
    "7-poison": "UFFDIO_POISON leaves a marker that is not write protection",
    "7-poison-exists": "UFFDIO_POISON over poison, a WP marker or a page fails with EEXIST",
    "7-poison-access": "access to poison fails",
    "7-poison-wp": "protecting poison leaves it as it is",
    "7-poison-dontneed": "MADV_DONTNEED drops poison",
    "7-guard": "MADV_GUARD_INSTALL leaves a guard, whatever was there",
    "7-guard-access": "access to a guard fails, without an event",
    "7-guard-wp": "protecting a guard leaves it as it is",
    "7-guard-kept": "zaps leave a guard alone",
    "7-guard-remove": "MADV_GUARD_REMOVE takes guards away, and nothing else",
    "7-guard-copy": "up to 6.18 UFFDIO_COPY puts a page in the place of a guard",
    "7-guard-copy-exists": "from 6.19 on UFFDIO_COPY over a guard fails with EEXIST",
    "7-guard-poison-exists": "UFFDIO_POISON over a guard fails with EEXIST",
    "7-guard-fork": "a child has the same guards, whatever userfaultfd is told",
    "7-guard-mremap": "guards move with their area",
    "7-guard-munmap": "a new mapping has no guards",
    "9-refused": "a registration that vma_can_userfault refuses fails with EINVAL",
    "9-enoent": "protecting memory that is not registered for it fails with ENOENT",
    "missing": "an access to missing memory registered for that reports one event",
    "swap-out": "a protected anonymous page keeps its protection in its swap pte",
    "swap-in": "a swap pte's protection comes back with the page",
}
"""Rules group what a running 6.18 kernel was seen to do, by kind of memory and request; that on
copies over guards from 6.19 on follows the sources of 7.2."""


class Tally(Counter[str]):
    """How often each rule was met."""

    def met(self, rule: str) -> None:
        """Count one use of a rule.

        Raises:
            KeyError: there is no such rule.
        """
        assert RULES[rule]
        self[rule] += 1
