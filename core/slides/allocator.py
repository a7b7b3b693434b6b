"""How memory is kept between tiles: the hidden cost of decoding and of networks on a CPU."""

import ctypes
import platform


def keep_memory() -> None:
    """Tells glibc to keep freed memory for the next tile or activation.

    By default it gives each large array back to the system and asks for it again, zeroed page by page: a tenth to a
    half of an encoder's time, a tenth of a reader's.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    mmap_threshold, trim_threshold, top_pad = -3, -1, -2
    libc.mallopt(mmap_threshold, 1 << 30)
    libc.mallopt(trim_threshold, (1 << 31) - 1)
    libc.mallopt(top_pad, 1 << 28)
