"""Policy documents before they are saved: IAM's words, and the size that counts (IAM-FACTS 8.2, 9.2)."""

import json

from iamconsole.errors import IamError
from iamconsole.policy import MalformedPolicyDocument, check_savable


def check_document(document: str) -> None:
    """A document that IAM would save. Raises MalformedPolicyDocument."""
    try:
        check_savable(document)
    except MalformedPolicyDocument as error:
        raise IamError("MalformedPolicyDocument", error.message) from error


def size(document: str) -> int:
    """Characters that count for the quota: white space outside strings does not."""
    return len(json.dumps(json.loads(document), separators=(",", ":"), ensure_ascii=False))
