"""Pages of short lists: an operation gives them whole, the door cuts them (IAM-FACTS 2.2).

Long lists page in the database (``users.lookups.page_by_name``) and say so themselves.
"""

from botocore.model import ListShape

from iamconsole.errors import IamError

from .call import Call, Facts

DEFAULT_ITEMS = 100
BAD_MARKER = "Invalid Marker."


def paged(call: Call, facts: Facts) -> Facts:
    """The page that Marker and MaxItems ask for, of lists that fill it one after the other.

    Raises ValidationError for a marker that was never handed out.
    """
    shape = call.operation.model.output_shape
    if shape is None or "IsTruncated" not in shape.members or "IsTruncated" in facts:
        return facts
    start, size = offset(call.param("Marker", "0")), call.param("MaxItems", DEFAULT_ITEMS)
    page, passed = dict(facts), 0
    for name, member in shape.members.items():
        if isinstance(member, ListShape) and name in facts:
            whole = list(facts[name])
            page[name] = whole[max(0, start - passed) : max(0, start + size - passed)]
            passed += len(whole)
    page["IsTruncated"] = start + size < passed
    if page["IsTruncated"]:
        page["Marker"] = str(start + size)
    return page


def offset(marker: str) -> int:
    """How many items came before. Raises ValidationError."""
    if not (marker.isascii() and marker.isdigit() and len(marker) < 9):
        raise IamError("ValidationError", BAD_MARKER)
    return int(marker)
