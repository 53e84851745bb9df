"""The OpenPGP key on the pages that show all credentials of a user."""

from typing import Any

from credentials.models import OpenPGPKey
from iamconsole.operations import Caller
from users.models import User

from .reasons import needs


def section(caller: Caller, user: User) -> dict[str, Any]:
    """What ``credentials/openpgp_key_section.html`` shows of one user."""
    upload = "iamconsole:UploadOpenPGPKey"
    return {
        "user": user,
        "key": OpenPGPKey.objects.filter(user=user).first(),
        "blocked": "" if caller.permits(upload, user.arn) else needs(caller, upload, user),
        "may_delete": caller.permits("iamconsole:DeleteOpenPGPKey", user.arn),
    }
