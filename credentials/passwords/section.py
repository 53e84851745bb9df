"""The console password on the page that shows all credentials of a user."""

from typing import Any

from credentials.models import LoginProfile
from credentials.passwords import rules
from credentials.passwords.links_section import link_section
from credentials.shown_once.handover import sign_in_url
from iamconsole.operations import Caller
from users.models import User


def section(caller: Caller, user: User) -> dict[str, Any]:
    return {
        "profile": LoginProfile.objects.filter(user=user).first(),
        "expires_at": rules.expires_at(user),
        "sign_in_url": sign_in_url(user.account),
        **link_section(caller, user),
    }
