"""Seeds of hardware tokens, as their makers give them: base32 or hexadecimal."""

import base64
import binascii
import re

HEX = re.compile(r"[0-9A-F]+", re.ASCII)
BASE32 = re.compile(r"[A-Z2-7]+", re.ASCII)
SHORTEST, LONGEST = 16, 64  # bytes: RFC 4226 asks for 16 at least
NO_SEED = (
    "This is not a seed. Enter a seed in base32 (A to Z and 2 to 7) or hexadecimal (0 to 9 and A to F), "
    f"of {SHORTEST} to {LONGEST} bytes."
)


def as_base32(typed: str) -> str:
    """The seed in base32. What holds hexadecimal digits only is hexadecimal: of 32 random base32 signs
    that happens once in forty million million. Raises ValueError.
    """
    text = re.sub(r"[\s-]", "", typed).upper().rstrip("=")
    try:
        if HEX.fullmatch(text):
            seed = bytes.fromhex(text)
        elif BASE32.fullmatch(text):
            seed = base64.b32decode(text + "=" * (-len(text) % 8))
        else:
            raise ValueError(NO_SEED)
    except (binascii.Error, ValueError):
        raise ValueError(NO_SEED) from None
    if not SHORTEST <= len(seed) <= LONGEST:
        raise ValueError(NO_SEED)
    return base64.b32encode(seed).decode()
