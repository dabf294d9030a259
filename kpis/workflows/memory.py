"""What the C library does with memory that is freed: kept for the next array, or handed back and asked for anew."""

import ctypes
from contextlib import suppress

TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD = -1, -2, -3  # of mallopt(3), glibc
KEPT = {MMAP_THRESHOLD: 32 << 20, TRIM_THRESHOLD: 1 << 30, TOP_PAD: 64 << 20}  # bytes; the first is the most it takes


def keep_freed() -> None:
    """Keep what is freed in this process, where the C library knows how: a build of facts spends a tenth less.

    For commands that make array after array and end: a server would hold on to its largest moment.
    """
    with suppress(AttributeError, OSError, TypeError):
        for option, size in KEPT.items():
            ctypes.CDLL(None).mallopt(option, size)
