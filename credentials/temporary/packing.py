"""Session policies and tags on their way into a session token: checked, packed, counted (IAM-FACTS 11.1).

AWS packs them in a form of its own, whose measure is not known. Here it is what zlib makes of them: the
session token carries that, and a header has to hold the token.
"""

import base64
import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from iamconsole.errors import IamError
from iamconsole.operations.caller import NOT_NARROWED, Narrowing
from users.models import ManagedPolicy
from users.policies.documents import check_document

PLAINTEXT = 2048  # characters of the document and the ARNs together
PACKED = 2048  # bytes that are 100 percent
MOST_POLICIES = 10
TOO_LARGE = "Packed policy consumes {percent}% of allotted space, please use smaller policy."
TOO_MANY = "The list of PolicyArns has {count} policies. It can have {most} at most."
NOT_FOUND = "The policy {arn} does not exist in the account of the session."
DUPLICATE = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
RESERVED = "Tag keys beginning with aws: are reserved for system use."
NOT_AMONG_TAGS = "The specified transitive tag key must be included in the requested tags."


def narrowing_of(params: Mapping[str, Any]) -> Narrowing:
    """What a request wants its session to be, unchecked."""
    return Narrowing(
        params.get("Policy", ""),
        tuple(dict.fromkeys(row["arn"] for row in params.get("PolicyArns", []) if row.get("arn"))),
        tuple((tag["Key"], tag["Value"]) for tag in params.get("Tags", [])),
    )


def check_policies(narrowing: Narrowing, account_id: str) -> None:
    """Policies that a session of the account can have. Raises MalformedPolicyDocument, ValidationError,
    PackedPolicyTooLarge.
    """
    if narrowing.document:
        check_document(narrowing.document)
    if len(narrowing.arns) > MOST_POLICIES:
        raise IamError("ValidationError", TOO_MANY.format(count=len(narrowing.arns), most=MOST_POLICIES))
    written = len(narrowing.document) + sum(map(len, narrowing.arns))
    if written > PLAINTEXT:
        raise too_large(written, PLAINTEXT)
    rows = ManagedPolicy.objects.known_to(account_id).filter(arn__in=narrowing.arns)
    known = set(rows.values_list("arn", flat=True)) if narrowing.arns else set()
    for arn in narrowing.arns:
        if arn not in known:
            raise IamError("ValidationError", NOT_FOUND.format(arn=arn))


def check_tags(keys: Sequence[str], transitive: Collection[str]) -> None:
    """Keys are one without case, and transitive ones are among them. Raises InvalidParameterValue."""
    folded = [key.lower() for key in keys]
    if any(key.startswith("aws:") for key in folded):
        raise IamError("InvalidParameterValue", RESERVED)
    if len(set(folded)) < len(folded):
        raise IamError("InvalidParameterValue", DUPLICATE)
    if any(key.lower() not in folded for key in transitive):
        raise IamError("InvalidParameterValue", NOT_AMONG_TAGS)


def pack(narrowing: Narrowing) -> str:
    """The text that the session token carries; "" for nothing. Raises PackedPolicyTooLarge."""
    if narrowing == NOT_NARROWED:
        return ""
    packed = zlib.compress(json.dumps(asdict(narrowing), ensure_ascii=False).encode(), level=9)
    if len(packed) > PACKED:
        raise too_large(len(packed), PACKED)
    return base64.b85encode(packed).decode()


def unpack(text: str) -> Narrowing:
    """What ``pack`` was given."""
    if not text:
        return NOT_NARROWED
    return Narrowing.of(json.loads(zlib.decompress(base64.b85decode(text))))


def percent(text: str) -> int:
    """How much of the space a packed text takes."""
    return -(-100 * len(base64.b85decode(text)) // PACKED)


def too_large(size: int, most: int) -> IamError:
    return IamError("PackedPolicyTooLarge", TOO_LARGE.format(percent=-(-100 * size // most)))
