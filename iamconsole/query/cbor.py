"""CBOR (RFC 8949), as far as the protocol rpc-v2-cbor needs it: what JSON can say."""

import struct
from typing import Any

TEXT, LIST, MAP = 3, 4, 5


def encoded(value: Any) -> bytes:
    """A value of dictionaries, lists, texts, integers, booleans and None."""
    if value is None or isinstance(value, bool):
        return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[value]
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, str):
        content = value.encode()
        return _head(TEXT, len(content)) + content
    if isinstance(value, dict):
        return _head(MAP, len(value)) + b"".join(
            map(encoded, (part for pair in value.items() for part in pair))
        )
    return _head(LIST, len(value)) + b"".join(map(encoded, value))


def _head(kind: int, size: int) -> bytes:
    """The type and the length, or the number itself (RFC 8949 3)."""
    if size < 24:
        return bytes([kind << 5 | size])
    for code, form in ((24, ">B"), (25, ">H"), (26, ">I"), (27, ">Q")):
        if size < 1 << 8 * struct.calcsize(form):
            return bytes([kind << 5 | code]) + struct.pack(form, size)
    raise ValueError("The number is too large for CBOR.")
