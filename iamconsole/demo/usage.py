"""What nobody changes by hand: sign-ins, last use of passwords and keys, reports made every week."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from credentials import summary
from credentials.models import AccessKey, VirtualMFADevice
from iamconsole.models import Event
from reports.credential_report import generation
from reports.models import CredentialReport
from users.accounts.figures import keep_today
from users.models import User

from .cast import ADDRESSES, AGENT, STRANGER, Person, Workload
from .stage import Stage, days_between

HISTORY_DAYS = 90
SERVICES = (("s3", "eu-west-1"), ("ec2", "eu-central-1"), ("dynamodb", "us-east-1"), ("ses", "eu-west-1"))


def add_usage(stage: Stage, people: Sequence[Person], workloads: Sequence[Workload]) -> None:
    """Last use of every credential, and the sign-ins of the last 90 days."""
    rows: list[Event] = []
    for person in people:
        if person.seen is not None:
            rows += sign_ins(stage, person)
    rows += strangers(stage)
    Event.objects.bulk_create(rows, batch_size=500)
    for person in people:
        for key in AccessKey.objects.filter(user=stage.user(person.name)):
            use(stage, key, days=stage.chance.choice((0, 0, 1, 3, 19)))
    for device in VirtualMFADevice.objects.filter(account=stage.account).select_related("user"):
        device.last_used_at = device.user.password_last_used if device.user else None
        device.save(update_fields=["last_used_at"])
    for workload in workloads:
        keys = AccessKey.objects.filter(user=stage.user(workload.name)).order_by("-create_date")
        in_order = sorted(workload.keys, key=lambda key: key[0])
        for key, (_, used, _) in zip(keys, in_order, strict=True):
            if used is not None:
                use(stage, key, days=used)
    for user in User.objects.filter(account=stage.account):
        summary.refresh(user)


def use(stage: Stage, key: AccessKey, days: float) -> None:
    """The key signed a request so many days ago, never before it existed."""
    service, region = stage.chance.choice(SERVICES)
    key.last_used_date = max(stage.ago(days), key.create_date + timedelta(minutes=7))
    key.last_used_service, key.last_used_region = service, region
    key.save(update_fields=["last_used_date", "last_used_service", "last_used_region"])


def sign_ins(stage: Stage, person: Person) -> list[Event]:
    """About every third day up to the last time the person was seen."""
    user = stage.user(person.name)
    first = min(HISTORY_DAYS, person.since - 1)
    moments = [stage.ago(day) for day in days_between(stage.chance, first, person.seen or 0, 3.2)]
    last = stage.ago(person.seen or 0)
    moments = [*(moment for moment in moments if user.create_date < moment < last), last]
    User.objects.filter(pk=user.pk).update(password_last_used=last)
    return [signed_in(stage, user, moment) for moment in moments if moment > user.create_date]


def signed_in(stage: Stage, user: User, moment: datetime) -> Event:
    failed = stage.chance.random() < 0.04
    return Event(
        at=moment,
        account_id=stage.account.account_id,
        principal_arn=user.arn,
        action="iamconsole:SignIn",
        resource=user.arn,
        outcome=Event.Outcome.FAILED if failed else Event.Outcome.ALLOWED,
        channel="console",
        source_ip=ADDRESSES[user.pk % len(ADDRESSES)],
        user_agent=AGENT,
        mfa=bool(user.mfa_count) and not failed,
        detail={"Reason": "password"} if failed else {"MFAUsed": bool(user.mfa_count)},
    )


def strangers(stage: Stage) -> list[Event]:
    """A night of guesses from an address nobody knows."""
    night = stage.ago(17).replace(hour=3)
    return [
        Event(
            at=night + timedelta(seconds=41 * number),
            account_id=stage.account.account_id,
            principal_arn="anonymous",
            action="iamconsole:SignIn",
            resource="anonymous",
            outcome=Event.Outcome.FAILED,
            channel="console",
            source_ip=STRANGER,
            user_agent="python-requests/2.32",
            detail={"Reason": "password" if number < 10 else "held"},
        )
        for number in range(14)
    ]


def weekly_reports(stage: Stage) -> None:
    """A credential report every Monday of the last weeks, made from the account as it was then."""
    for week in range(12, 0, -1):
        stage.at(stage.ago(7 * week), make_report, stage)


def daily_figures(stage: Stage) -> None:
    """What the scheduler would have kept every evening of the last days."""
    for day in range(HISTORY_DAYS, 0, -1):
        evening = (stage.now - timedelta(days=day)).replace(hour=22)
        stage.at(evening, keep_today, stage.account)


def make_report(stage: Stage) -> None:
    content, rows = generation.generate(stage.account, lambda done, total, note: None)
    generation.store(
        stage.account,
        content,
        rows,
        source=CredentialReport.Source.CONSOLE,
        made_by=stage.caller().arn,
        job_id=str(uuid.uuid4()),
    )
