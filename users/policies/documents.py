"""Policy documents before they are saved: IAM's words, and the size that counts (IAM-FACTS 8.2, 9.2)."""

import json

from iamconsole.errors import IamError
from iamconsole.operations.shapes import limits
from iamconsole.policy import MalformedPolicyDocument, check_savable
from iamconsole.policy.syntax import SYNTAX


def check_document(document: str) -> None:
    """A document that IAM would save. Raises IamError MalformedPolicyDocument."""
    try:
        check_savable(document)
    except MalformedPolicyDocument as error:
        # What cannot be read at all names no element. Pages say why; IAM has one sentence for it.
        message = error.message if error.element else SYNTAX
        raise IamError("MalformedPolicyDocument", message) from error


# What the editor reads: twice the largest policy that IAM keeps (IAM-FACTS 9.2), so that a longer text can be
# pasted and divided.
MOST_CHECKED = 12_288
MOST_LINES = 4_000
TOO_LARGE = (
    "This document has {size:,} characters without white space. A managed policy has at most 6,144, and this "
    "page checks up to {most:,}. Divide the document into several policies."
)
TOO_MANY_LINES = "This document has {lines:,} lines. This page checks up to {most:,}. Remove empty lines."
TOO_LONG = "This document has {length:,} characters. This page accepts up to {most:,}. Remove white space."


def too_large(document: str) -> str:
    """Why a text is not read at all, in a sentence with the way out; "" for one that is."""
    longest = limits("CreatePolicy", "PolicyDocument")["max"]
    if len(document) > longest:
        return TOO_LONG.format(length=len(document), most=longest)
    if (lines := document.count("\n") + 1) > MOST_LINES:
        return TOO_MANY_LINES.format(lines=lines, most=MOST_LINES)
    if (written := len("".join(document.split()))) > MOST_CHECKED:
        return TOO_LARGE.format(size=written, most=MOST_CHECKED)
    return ""


def size(document: str) -> int:
    """Characters that count for the quota: white space outside strings does not."""
    return len(json.dumps(json.loads(document), separators=(",", ":"), ensure_ascii=False))
