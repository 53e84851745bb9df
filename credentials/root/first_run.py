"""The first start: a home account with a root user and a one-time password."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from credentials import summary
from credentials.models import LoginProfile
from credentials.passwords import rules as passwords
from iamconsole.identifiers import account_id
from iamconsole.models import Event
from iamconsole.operations import events
from users.callers.build import system_caller
from users.models import Account, User
from users.policies import catalogue as managed_policies


@dataclass(frozen=True, slots=True)
class FirstRun:
    """What the terminal shows once."""

    account_id: str
    email: str
    password: str


def ensure_home_account() -> FirstRun | None:
    """Make the home account and its root user where there is none; None where there is one.

    Two starts at once make one: the home account is unique by constraint.
    """
    managed_policies.load()
    if Account.objects.filter(is_home=True).exists():
        return None
    account = Account(account_id=settings.HOME_ACCOUNT_ID or account_id(), name="main", is_home=True)
    root = User(account=account, kind=User.Kind.ROOT, email=settings.ROOT_EMAIL)
    root.user_id = account.account_id
    password = passwords.generate()
    hashed = passwords.hashed(password)
    with transaction.atomic(durable=True):
        account.save()
        root.account = account
        root.set_unusable_password()
        root.save()
        passwords.set_password(root, hashed, timezone.now(), reset_required=True)
        summary.refresh(root)
        events.write(
            system_caller(account), "iamconsole:CreateHomeAccount", account.arn, Event.Outcome.ALLOWED
        )
    return FirstRun(account.account_id, root.email, password)


def only_root_signs_in() -> bool:
    """Whether no IAM user has a console password yet: a fresh installation."""
    return not LoginProfile.objects.filter(user__in=User.objects.people()).exists()
