"""A user's own e-mail address: iamconsole:SendEmailConfirmation and ConfirmEmailAddress.

IAM knows no addresses. An address that users set for themselves gets notices once it is confirmed: whoever
sits at an unlocked browser cannot turn them away unseen, and a typing error tells no stranger.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from credentials.email_addresses import confirmation as email_confirmation
from credentials.guesses import throttle
from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, lasts, operation
from iamconsole.operations.news import News
from users.lookups import lock_caller, own_resources
from users.people.operations.profiles import address_changed

NO_MAIL = (
    "This console has no mail server, so it cannot confirm an address. Ask the person who runs it to set "
    "EMAIL_URL."
)
NOTHING_WAITS = "There is no address to confirm. Change your e-mail address first."
TOO_MANY = "Five links were sent in the last hour. Look for them in your mail, or try again later."


class OwnAddressOperation(Operation):
    """What both have in common: they act on the caller's own user."""

    def resources(self, call: Call) -> Sequence[str]:
        return own_resources(call)

    def lock(self, call: Call) -> None:
        if call.caller.kind != "user":
            raise IamError("InvalidUserType", "Only IAM users have an e-mail address to confirm.")
        lock_caller(call)


@operation("iamconsole:SendEmailConfirmation")
class SendEmailConfirmation(OwnAddressOperation):
    """The mail itself is a notice (``credentials.notices``), which waits for a worker and a mail server."""

    lasting = lasts.HAPPENED
    notice = News("Confirm your e-mail address", to="EmailAddress")

    def prepare(self, call: Call) -> None:
        if not settings.EMAIL_IS_SENT:
            raise IamError("ServiceNotSupported", NO_MAIL)
        if not throttle.count(throttle.EMAIL_CONFIRMATION, call.caller.user_id):
            raise IamError("LimitExceeded", TOO_MANY)

    def check(self, call: Call) -> None:
        if not call.user.unconfirmed_email:
            raise IamError("InvalidInput", NOTHING_WAITS)

    def detail(self, call: Call, facts: Facts) -> Mapping[str, Any]:
        return {"EmailAddress": call.user.unconfirmed_email}


@operation("iamconsole:ConfirmEmailAddress")
class ConfirmEmailAddress(OwnAddressOperation):
    """From now on notices go to the confirmed address; the one before is told."""

    lasting = lasts.HAPPENED
    notice = News("Notices now go to another e-mail address", address_changed, to="EmailAddressBefore")

    def check(self, call: Call) -> None:
        call.found["address"] = email_confirmation.confirmed_address(call.params["Token"], call.user)

    def write(self, call: Call, facts: Facts) -> None:
        call.found["email_before"] = call.user.email
        call.user.email, call.user.unconfirmed_email = call.found["address"], ""
        call.user.save(update_fields=["email", "unconfirmed_email"])

    def detail(self, call: Call, facts: Facts) -> Mapping[str, Any]:
        return {"EmailAddress": call.user.email, "EmailAddressBefore": call.found["email_before"]}
