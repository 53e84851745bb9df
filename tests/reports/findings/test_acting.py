"""Rules that warn and act: nothing happens to a credential whose owner could not be told, twice."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from iamconsole.errors import IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from reports.findings import acting, mails
from reports.findings.evaluation import evaluate
from reports.findings.rule import today
from reports.findings.rules import BY_ID
from reports.models import Finding, FindingMail, FindingSettings
from tests.cast import make_account, make_user
from tests.reports.findings.test_evaluation import UNUSED_90, make_key


@pytest.fixture
def key(home, settings):
    """A key that nobody has used for long; its owner reads mail."""
    settings.EMAIL_IS_SENT = True
    settings.BASE_URL = "https://iam.example.com"
    dave = make_user(home, "dave")
    dave.email = "dave@example.com"
    dave.save()
    found = make_key(dave, 200, used_days=150)
    evaluate([home])
    return found


@pytest.fixture
def level(alice, caller):
    def set_level(name, *, dry_run=False):
        execute(caller(alice), "iamconsole:SetRuleLevel", Rule=UNUSED_90, Level=name, DryRun=dry_run)

    return set_level


def finding() -> Finding:
    return Finding.objects.get(rule=UNUSED_90)


def later(days: int) -> None:
    """Let so many days go by: all that was told was told so much earlier."""
    row = finding()
    row.act_on = row.act_on and row.act_on - timedelta(days=days)
    row.warned_at = row.warned_at and row.warned_at - timedelta(days=days)
    row.last_warned_at = row.last_warned_at and row.last_warned_at - timedelta(days=days)
    row.save()
    for sent in FindingMail.objects.all():
        sent.day -= timedelta(days=days)
        sent.save()


def active(key) -> bool:
    key.refresh_from_db()
    return key.active


def test_reporting_sends_nothing(key):
    assert mails.send_due() == 0
    assert not mail.outbox


def test_a_digest_goes_once(key, level):
    level("warn")
    assert mails.send_due() == 1, FindingMail.objects.get().error
    [digest] = mail.outbox
    assert digest.to == ["dave@example.com"]
    assert key.access_key_id in digest.body
    assert "deactivates it" not in digest.body
    assert mails.send_due() == 0
    later(1)
    assert mails.send_due() == 0, "there is nothing new in it"


def test_a_key_is_deactivated_after_two_warnings(key, level):
    level("act")
    assert acting.act_when_due() == 0
    mails.send_due()
    assert finding().act_on == today() + timedelta(days=14)
    assert "This console deactivates it on" in mail.outbox[0].body
    later(10)
    assert mails.send_due() == 0
    later(1)
    assert mails.send_due() == 1, "three days before"
    later(2)
    assert acting.act_when_due() == 0
    later(1)
    assert acting.act_when_due() == 1
    assert not active(key)
    event = Event.objects.filter(action="iam:UpdateAccessKey").latest("at")
    assert event.user_agent == f"Rule {UNUSED_90} at level act"
    assert finding().changes.filter(kind="acted").exists()
    evaluate([key.user.account])
    assert finding().state == "fixed"


def warned(level) -> None:
    """Both warnings are out, and the day has come."""
    level("act")
    mails.send_due()
    later(11)
    mails.send_due()
    later(3)
    assert acting.due_of(finding().account, BY_ID[UNUSED_90]), "without what follows it would act"


@pytest.mark.parametrize("case", ["used", "exempt", "dry run", "report", "not told", "told late"])
def test_it_is_left_alone(key, level, case):
    warned(level)
    if case == "used":
        key.last_used_date = timezone.now()
        key.save()
    elif case == "exempt":
        Finding.objects.update(state="exempt", exempt_until=today() + timedelta(days=5))
    elif case in ("dry run", "report"):
        level("act" if case == "dry run" else "report", dry_run=True)
    elif case == "not told":
        Finding.objects.update(last_warned_at=None)
    else:
        Finding.objects.update(last_warned_at=timezone.now())
    assert acting.act_when_due() == 0
    assert active(key)


def test_nobody_can_be_told(key, level, home):
    key.user.email = ""
    key.user.save()
    level("act")
    assert mails.send_due() == 0
    assert FindingMail.objects.get().error == mails.NO_ADDRESS
    assert finding().act_on is None
    plan = acting.plan(home, BY_ID[UNUSED_90])
    assert (len(plan.would_act), len(plan.left_alone)) == (0, 1)
    FindingSettings.objects.create(account=home, contact="iam@example.com")
    FindingMail.objects.all().delete()
    assert mails.send_due() == 1
    assert mail.outbox[0].to == ["iam@example.com"]


def test_a_mail_that_is_refused_counts_for_nothing(key, level, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    level("act")
    assert mails.send_due() == 0
    assert finding().warned_at is None
    assert FindingMail.objects.get().error


def test_a_day_that_is_near_moves_away_from_a_late_mail(key, level):
    level("act")
    mails.send_due()
    later(20)
    mails.send_due()
    assert finding().act_on == today() + timedelta(days=3)


def test_an_imported_account_cannot_be_acted_in(alice, caller):
    imported = make_account("300000000003", kind="imported")
    with pytest.raises(IamError):
        execute(caller(imported.users.get()), "iamconsole:SetRuleLevel", Rule=UNUSED_90, Level="act")
