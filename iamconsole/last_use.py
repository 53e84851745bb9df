"""Times of last uses, as AWS answers them."""

from datetime import datetime


def whole_minute(at: datetime) -> datetime:
    """When something was last used: AWS gives whole minutes in GetAccessKeyLastUsed, in the credential report
    and in last accessed details (IAM-FACTS 3.2, 6). Passwords keep their seconds. Rows keep what was seen.
    """
    return at.replace(second=0, microsecond=0)
