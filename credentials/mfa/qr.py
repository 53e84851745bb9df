"""QR codes of virtual MFA devices: what they say, and as which picture."""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import qrcode
import qrcode.image.svg
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from users.models import Account

AWS = "Amazon Web Services"
PIXELS, BORDER = 6, 4  # of a square of the picture; squares around the code


def otpauth_uri(account: Account, name: str, seed: str) -> str:
    """The address that an authenticator app reads: for the page, and for the answer of the API.

    The issuer is who checks the codes at sign-in: AWS for a linked account, as its own codes say
    (IAM-FACTS 5.1), and this console and the account for a local one. A phone shows it, so that nobody enters
    a code of one at the other.
    """
    here = f"{settings.OTP_WEBAUTHN_RP_NAME} {account.sign_in_name}".replace(":", " ")
    issuer = AWS if account.kind == Account.Kind.LINKED else here
    label = f"{issuer}:{name}@{account.sign_in_name}"
    return f"otpauth://totp/{quote(label, safe=':@')}?secret={seed}&issuer={quote(issuer)}"


def svg(content: str) -> SafeString:
    """The code as an ``<svg>`` element for ``c-qr``, which names it. ``content`` is squares, never text."""
    image = _code(content).make_image(image_factory=qrcode.image.svg.SvgPathImage)
    markup = re.sub(r"^<\?xml[^>]*\?>\s*", "", image.to_string(encoding="unicode"))
    # The page's style gives the size; the picture's own would be in millimetres.
    markup = re.sub(r'(<svg\b[^<>]*?) width="[^"]*" height="[^"]*"', r"\1", markup, count=1)
    return mark_safe(markup)  # noqa: S308  (squares only)


def png(content: str) -> bytes:
    """The code as the bytes of a PNG picture, black on white. As secret as what it says."""
    squares = _code(content).get_matrix()
    side = len(squares) * PIXELS
    rows = b"".join((b"\0" + _row(row)) * PIXELS for row in squares)  # \0: the row is not filtered
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)  # one bit of gray for each pixel
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _code(content: str) -> qrcode.QRCode[Any]:
    code = qrcode.QRCode(box_size=10, border=BORDER, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(content)
    return code


def _row(row: list[bool]) -> bytes:
    """Pixels of a row, eight in a byte; white is 1."""
    bits = "".join(("0" if dark else "1") * PIXELS for dark in row)
    return bytes(_octets(bits))


def _octets(bits: str) -> Iterator[int]:
    for start in range(0, len(bits), 8):
        yield int(bits[start : start + 8].ljust(8, "0"), 2)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
