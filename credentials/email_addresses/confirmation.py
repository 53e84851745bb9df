"""The link that confirms an e-mail address: signed, good for a day, and for its user and address only.

It opens nothing by itself: the user has to be signed in. So a stranger whose address was typed cannot
use it, and it is no secret like the token of a password link.
"""

from datetime import timedelta
from urllib.parse import urljoin

from django.conf import settings
from django.core import signing

from iamconsole.addresses import reverse
from iamconsole.errors import IamError
from users.models import User

SALT = "credentials.email-confirmation"
GOOD_FOR = timedelta(days=1)
TOO_OLD = "This link has expired. It was valid for one day. Send a new one from My security credentials."
DONE_ALREADY = "This e-mail address is already confirmed. Notices about your user go there."
NOT_YOURS = (
    "This link is not for the e-mail address that you entered last. Open the newest mail, or send a "
    "new link from My security credentials."
)


def token_for(user: User, address: str) -> str:
    """The token for an e-mail address that the user has not confirmed yet."""
    return signing.dumps({"user": user.user_id, "email": address}, salt=SALT)


def link_for(user: User, address: str) -> str:
    """The address to open; built from the settings, never from a request.

    ``address`` is where the link is mailed to, whatever waits on the user by then.
    """
    path = reverse("credentials:confirm-email-address", args=[token_for(user, address)])
    return urljoin(settings.BASE_URL + "/", path.lstrip("/"))


def confirmed_address(token: str, user: User) -> str:
    """The address that the token confirms for the user. Raises IamError."""
    try:
        content = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.SignatureExpired:
        raise IamError("InvalidInput", TOO_OLD) from None
    except signing.BadSignature:
        raise IamError("InvalidInput", NOT_YOURS) from None
    if user.email and not user.unconfirmed_email and content == {"user": user.user_id, "email": user.email}:
        raise IamError("InvalidInput", DONE_ALREADY)
    expected = {"user": user.user_id, "email": user.unconfirmed_email}
    if not user.unconfirmed_email or content != expected:
        raise IamError("InvalidInput", NOT_YOURS)
    return user.unconfirmed_email
