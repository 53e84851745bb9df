"""What is there when the visitors come."""

import time
from typing import Any

from benchmarks import sign_in

USERS, PEOPLE = 1000, 24


def fill() -> dict[str, Any]:
    """An account with users, administrators among them, a key, and a report. What visitors know of it."""
    import django

    django.setup()
    from iamconsole.operations import execute
    from tests.cast import ADMINISTRATOR_ACCESS, make_user
    from users.callers.build import system_caller
    from users.models import Account, User
    from users.policies import catalogue

    catalogue.load()
    home = Account.objects.get(is_home=True)
    people = [
        make_user(home, f"person-{number}", password=sign_in.PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
        for number in range(PEOPLE)
    ]
    names = [f"user-{number:04}" for number in range(USERS)]
    User.objects.bulk_create(
        User(account=home, user_id=f"AIDALOAD{name}", user_name=name, name_folded=name) for name in names
    )
    caller = system_caller(home)
    key = execute(caller, "CreateAccessKey", UserName=people[0].user_name)["AccessKey"]
    return {
        "account": home.account_id,
        "password": sign_in.PASSWORD,
        "users": [person.user_name for person in people],
        "user_ids": [f"AIDALOAD{name}" for name in names[:200]],
        "report": report(caller),
        "key": [key["AccessKeyId"], key["SecretAccessKey"]],
    }


def report(caller: Any) -> str:
    """The address of a finished credential report, below its account."""
    from django.urls import reverse

    from iamconsole import jobs
    from reports.models import CredentialReport
    from users.callers.build import starter_of

    jobs.start(caller, "credential-report", starter=starter_of(caller))
    while (made := CredentialReport.objects.first()) is None:  # the console's own worker makes it
        time.sleep(0.2)
    return reverse("reports:download-credential-report", args=[made.pk, "exact"])
