"""What describes an access key, planned before the key exists.

IAM keeps the description of a key as a tag of its user: the tag's key is the access key ID, its value
the description. Steps that create a key and describe it name an ID that nobody has yet.
"""

from collections.abc import Mapping
from typing import Any

# No real ID has a zero: they are written in base 32, whose digits are 2 to 7 (IAM-FACTS 1.2).
NEW_KEY_ID = "AKIA0000000000000000"


def with_key_id(params: Mapping[str, Any], key_id: str) -> dict[str, Any]:
    """The parameters with the ID of the key that was made by now, "" while there is none."""
    if not key_id:
        return dict(params)
    real = dict(params)
    if params.get("AccessKeyId") == NEW_KEY_ID:
        real["AccessKeyId"] = key_id
    if tags := params.get("Tags"):
        real["Tags"] = [{**tag, "Key": key_id} if tag["Key"] == NEW_KEY_ID else tag for tag in tags]
    return real
