"""The console password on the page that shows all credentials of a user."""

from typing import Any

from credentials.models import LoginProfile
from credentials.passwords import rules
from credentials.passwords.links_section import link_section
from credentials.sign_in_addresses import addresses_of_user
from iamconsole.operations import Caller
from users.models import User


def section(caller: Caller, user: User) -> dict[str, Any]:
    return {
        "profile": LoginProfile.objects.filter(user=user).first(),
        "expires_at": rules.expires_at(user),
        "addresses": addresses_of_user(user),
        **link_section(caller, user),
    }
