"""One-time password links: their tokens, what a session holds of one, and who acts by it.

The token is in the address once. It is exchanged for its digest in the session before any page is
shown, so no page, log or Referer has it; looking at a link, as mail scanners do, does not use it up.
"""

import hashlib
import json
import secrets
from functools import cache

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from credentials.models import PasswordLink
from iamconsole.addresses import reverse
from iamconsole.operations import Caller
from iamconsole.policy import NamedPolicy, parse
from users.callers.build import own_users
from users.callers.middleware import origin_of
from users.models import User

SESSION_KEY = "password_link"
DEFAULT_HOURS, MOST_HOURS = 24, 72
DEAD = (
    "This link does not work. It was used, has expired, or was withdrawn or replaced. Ask an "
    "administrator of the account for a new one."
)


def new_token() -> str:
    """256 random bits: not to be guessed."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of a token. It is random and long, so a quick hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def address(token: str) -> str:
    """The link to hand over."""
    base: str = settings.BASE_URL
    return base + reverse("credentials:open-password-link", args=[token])


def remember(request: HttpRequest, token: str) -> bool:
    """Put the link into the session under a new key; False for one that does not work."""
    link = PasswordLink.still_open().filter(digest=digest(token)).first()
    if link is None:
        request.session.pop(SESSION_KEY, None)
        return False
    request.session.cycle_key()
    request.session[SESSION_KEY] = link.digest
    return True


def of_session(request: HttpRequest) -> PasswordLink | None:
    """The link that this session opened, while it works."""
    kept = request.session.get(SESSION_KEY)
    if not kept:
        return None
    return PasswordLink.still_open().filter(digest=kept).select_related("user__account").first()


def holder(request: HttpRequest, user: User) -> Caller:
    """Whoever holds a link: the user it was made for, with the one permission to set a password by it.

    The user's own policies give and take nothing here: an administrator's link is what allows it.
    """
    origin = origin_of(request)
    return Caller(
        account_id=user.account.account_id,
        arn=user.arn,
        kind="user",
        user_id=user.user_id,
        user_name=user.user_name,
        channel="console",
        identity=(holder_policy(user.account.partition),),
        link=user.account.link_spec,
        source_ip=origin.source_ip,
        user_agent=origin.user_agent,
        secure=origin.secure,
    )


@cache
def holder_policy(partition: str) -> NamedPolicy:
    own = own_users(partition)
    statement = {"Effect": "Allow", "Action": "iamconsole:SetPasswordByLink", "Resource": own}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return NamedPolicy("PasswordLink", "", "Console", "", parse(json.dumps(document)))


def end(user: User) -> None:
    """An open link of the user stops working: its password was set or removed otherwise."""
    links = PasswordLink.objects.filter(user=user, used_at=None, ended_at=None)
    links.update(ended_at=timezone.now())
