"""The CSV of a credential report in what people have of it (IAM-FACTS 2.24.1).

``aws iam get-credential-report`` writes JSON, or other forms, with the CSV in base64; PowerShell writes
whatever a program says as UTF-16. What is taken out is AWS's CSV as it was; a file that is a CSV already
stays byte for byte.
"""

import base64
import binascii
import codecs
import json
import re

WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# The header of a report begins so, in base64: alone, and behind a byte order mark.
BASE64_STARTS = ("dXNlcixh", "77u/dXNlcixh")
BASE64 = re.compile(r"[A-Za-z0-9+/\s]*={0,2}\s*")
YAML = re.compile(r"^Content: *['\"]?([A-Za-z0-9+/=]+)['\"]? *$", re.MULTILINE)
# The form "text" of the AWS CLI: its three values in a line.
TEXT_COLUMNS = "\t"
NO_CONTENT = (
    "This JSON does not contain a credential report. Upload the output of aws iam get-credential-report, "
    "or the CSV file."
)
NOT_JSON = "The file begins like JSON, but it is not valid JSON. Save the output of the command again."
CUT = "The base64 text of the report is not complete. Save the output of the command again."


class NotWrapped(ValueError):
    """The file is wrapped in a known way and cannot be taken out of it; the message says why."""


def unwrapped(content: bytes) -> bytes:
    """The bytes of the CSV. What is in no known wrapping is given back as it is. Raises NotWrapped."""
    narrow = narrowed(content)
    # A CSV is not looked through: it can be large, and only a wrapping begins otherwise.
    start = narrow[:64].decode("utf-8-sig", "replace").lstrip()
    if start.startswith("{"):
        return out_of_json(narrow)
    if start.lstrip('"').startswith(BASE64_STARTS):
        return decoded(text_of(narrow).strip().partition(TEXT_COLUMNS)[0].strip().strip('"'))
    if start.startswith(("Content:", "GeneratedTime:")) and (found := YAML.search(text_of(narrow))):
        return decoded(found[1])
    return narrow


def narrowed(content: bytes) -> bytes:
    """The same text in UTF-8 where it is UTF-16, with a byte order mark or without one."""
    encoding = WIDE.get(content[:2], "")
    if not encoding and content[:1].isascii() and content[1:2] == b"\0":
        encoding = "utf-16-le"
    elif not encoding and content[:1] == b"\0" and content[1:2].isascii():
        encoding = "utf-16-be"
    if not encoding:
        return content
    try:
        return content.decode(encoding).encode()
    except UnicodeError:
        return content  # it is said where it is read


def out_of_json(content: bytes) -> bytes:
    """The report in the answer of GetCredentialReport."""
    try:
        answer = json.loads(text_of(content))
    except (ValueError, RecursionError):
        raise NotWrapped(NOT_JSON) from None
    found = answer.get("Content") if isinstance(answer, dict) else None
    if not isinstance(found, str):
        raise NotWrapped(NO_CONTENT)
    # The first version of the AWS CLI can write it decoded.
    return found.encode() if "," in found else decoded(found)


def decoded(text: str) -> bytes:
    """The bytes that a text in base64 stands for; line breaks in it mean nothing."""
    if not BASE64.fullmatch(text):
        raise NotWrapped(CUT)
    try:
        return narrowed(base64.b64decode("".join(text.split()), validate=True))
    except binascii.Error:
        raise NotWrapped(CUT) from None


def text_of(content: bytes) -> str:
    """The text without a byte order mark; what is not UTF-8 fits no wrapping."""
    return content.decode("utf-8-sig", "replace")
