"""A QR code as inline SVG."""

import re

import qrcode
import qrcode.image.svg
from django.utils.safestring import SafeString, mark_safe


def svg(content: str) -> SafeString:
    """The code as an ``<svg>`` element for ``c-qr``, which names it. ``content`` is squares, never text."""
    code = qrcode.QRCode(box_size=10, border=4, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(content)
    image = code.make_image(image_factory=qrcode.image.svg.SvgPathImage)
    markup = re.sub(r"^<\?xml[^>]*\?>\s*", "", image.to_string(encoding="unicode"))
    # The page's style gives the size; the picture's own would be in millimetres.
    markup = re.sub(r'(<svg\b[^<>]*?) width="[^"]*" height="[^"]*"', r"\1", markup, count=1)
    return mark_safe(markup)  # noqa: S308  (squares only)
