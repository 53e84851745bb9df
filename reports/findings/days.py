"""Days that people enter for findings."""

from datetime import date, timedelta

from iamconsole.errors import IamError
from reports.findings.rule import today

NO_DAY = "{text} is not a date. Enter the {what} as in 2027-01-31."
MISSING = "Enter the {what}. Without an end it would never be looked at again."
OVER = "The {what} {day} is over. Enter a day after today."
TOO_FAR = "The {what} {day} is more than {days} days away. Enter an earlier day, and renew it then."


def day_of(text: str, what: str) -> date:
    """The day of an ISO date. Raises IamError, which names ``what`` it is."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise IamError("InvalidInput", NO_DAY.format(text=text[:40] or '""', what=what)) from None


def end_of(text: str, what: str, most: int) -> date:
    """A day after today, at most ``most`` days away. Raises IamError."""
    if not text:
        raise IamError("InvalidInput", MISSING.format(what=what))
    day = day_of(text, what)
    if day <= today():
        raise IamError("InvalidInput", OVER.format(what=what, day=day))
    if day > today() + timedelta(days=most):
        raise IamError("InvalidInput", TOO_FAR.format(what=what, day=day, days=most))
    return day
