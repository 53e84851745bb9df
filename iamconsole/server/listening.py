"""Closing a listening socket without resetting a connection that was just made.

What waits at the socket when it is closed is reset, and a front never sends a change twice. So that nothing
comes between the last accept and the close, the kernel is told to drop new connections first (Linux,
SO_ATTACH_FILTER in socket(7)). The client's kernel asks again after a second and is refused; then a front
asks the next server.
"""

import contextlib
import ctypes
import socket
import struct
import time

SO_ATTACH_FILTER = 26  # asm-generic/socket.h
# Drop what carries SYN; let handshakes that have begun end: (code, jump if true, if false, value).
FILTER = [
    (0x30, 0, 0, 13),  # load the byte of the flags in TCP's header
    (0x54, 0, 0, 0x02),  # and SYN
    (0x15, 0, 1, 0),  # none: the next line, else the one after
    (0x06, 0, 0, 0xFFFFFFFF),  # take all of it
    (0x06, 0, 0, 0),  # drop it
]
HANDSHAKE_SECONDS = 0.02  # a round trip to a front


def refuse_new(listener: socket.socket) -> None:
    """Have the kernel finish begun connections and drop new ones. Elsewhere than on Linux nothing is done."""
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in FILTER))
    with contextlib.suppress(OSError):  # not Linux, or a socket of another family
        listener.setsockopt(
            socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", len(FILTER), ctypes.addressof(program))
        )
        time.sleep(HANDSHAKE_SECONDS)
