"""``manage.py send_test_mail``: find out whether mails leave this machine."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from credentials.notices.mails import describe
from iamconsole.models import Event
from iamconsole.operations import events
from reports.dashboard.first_steps import TEST_MAIL
from users.callers.build import system_caller
from users.models import Account

BODY = """This is a test mail from the IAM Console at {address}.

You received it, so notices about credentials and sign-ins will arrive too.
"""


class Command(BaseCommand):
    help = "Sends a test mail with the settings EMAIL_URL and IAMCONSOLE_EMAIL_FROM."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="the address to send it to")

    def handle(self, *args: Any, **options: Any) -> None:
        address = options["address"]
        try:
            validate_email(address)
        except ValidationError:
            raise CommandError(f"{address!r} is not an e-mail address.") from None
        mail = EmailMessage("[IAM Console] Test mail", BODY.format(address=settings.BASE_URL), to=[address])
        try:
            mail.send()
        except Exception as error:
            raise CommandError(
                f"The mail was not sent: {describe(error)}. Check EMAIL_URL (docs/operations.md)."
            ) from error
        if settings.EMAIL_IS_SENT:
            record(address)
            self.stdout.write(
                f"The mail server accepted a mail to {address} from {settings.DEFAULT_FROM_EMAIL}."
            )
        else:
            self.stdout.write("EMAIL_URL is not set, so the mail was only printed.")


def record(address: str) -> None:
    """Write down in the home account that the mail server took a test mail: a first step is done."""
    account = Account.objects.filter(is_home=True).first()
    if account:
        caller = system_caller(account)
        events.write(caller, TEST_MAIL, account.arn, Event.Outcome.ALLOWED, detail={"To": address})
