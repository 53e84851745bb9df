"""Lists of AWS's that come in pages."""

from collections.abc import Callable, Iterator
from typing import Any

from iamconsole.errors import IamError

from .client import read

INCOMPLETE = "AWS gave an incomplete answer to {operation}, so nothing was removed. Sync again later."


def pages(method: Callable[..., dict[str, Any]], **params: Any) -> Iterator[dict[str, Any]]:
    """All pages of a listing. Raises IamError when the listing cannot be complete.

    A marker that comes again, or a truncated page without one, would end in a shorter list than AWS
    has, and a shorter list must never remove anything.
    """
    seen: set[str] = set()
    marker: dict[str, str] = {}
    while True:
        page = read(method, **params, **marker)
        yield page
        if not page.get("IsTruncated"):
            return
        following = page.get("Marker", "")
        if not following or following in seen:
            name = getattr(method, "__name__", "a listing")
            raise IamError("ServiceUnavailable", INCOMPLETE.format(operation=name))
        seen.add(following)
        marker = {"Marker": following}
