"""iamconsole:RequestTestMail: have a test mail sent to one's own address.

What the mail server says to it is the notice's state: the Event says only that it was asked for.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from credentials.guesses import throttle
from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, lasts, operation
from iamconsole.operations.news import News
from users.lookups import lock_caller, own_resources

NO_MAIL_SERVER = "This console has no mail server, so it cannot send a test mail. Set EMAIL_URL first."
NO_ADDRESS = "Your user has no confirmed e-mail address. Add one in My security credentials first."
TOO_MANY = "Five test mails were sent in the last hour. Try again later."


@operation("iamconsole:RequestTestMail")
class RequestTestMail(Operation):
    """The mail itself is a notice, which waits for a worker and the mail server."""

    lasting = lasts.HAPPENED
    notice = News("A test mail", to="EmailAddress", of_caller=True)

    def resources(self, call: Call) -> Sequence[str]:
        return own_resources(call)

    def prepare(self, call: Call) -> None:
        if not settings.EMAIL_IS_SENT:
            raise IamError("ServiceNotSupported", NO_MAIL_SERVER)
        if call.caller.kind not in ("user", "root"):
            raise IamError("InvalidUserType", "Only a user or root has an address for a test mail.")
        if not throttle.count(throttle.TEST_MAIL, call.caller.user_id):
            raise IamError("LimitExceeded", TOO_MANY)

    def lock(self, call: Call) -> None:
        lock_caller(call)

    def check(self, call: Call) -> None:
        if not call.user.email:
            raise IamError("InvalidInput", NO_ADDRESS)

    def detail(self, call: Call, facts: Facts) -> Mapping[str, Any]:
        return {"EmailAddress": call.user.email}
