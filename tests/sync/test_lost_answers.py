"""After silence the sentence is true: every write, each way of losing its answer, each age of its thing.

AWS is a second installation behind a proxy. What the console says in the end is compared with what boto3
reads there; a new operation without a case, and a doubt without a reason, fail.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from credentials.models import LoginProfile
from iamconsole.errors import OutcomeUnknown
from iamconsole.models import Event, Intent
from iamconsole.operations import execute
from iamconsole.operations.wanted import HAS_NOT
from iamconsole.sync.mirrors import MIRRORS
from iamconsole.sync.settle import NOT_READ
from tests.sync import proxy as faults
from tests.sync.conftest import AWS_ACCOUNT, as_administrator, later, link, sync
from tests.sync.lost.accounts import MFA, SERVER_CERTIFICATES, SINGLE
from tests.sync.lost.cases import Case, Subject
from tests.sync.lost.credentials import KEYS, PASSWORDS
from tests.sync.lost.groups import GROUPS, POLICIES
from tests.sync.lost.users import USERS
from tests.sync.mirrors import mirror
from tests.sync.second import manage, second_installation
from tests.sync.test_settled import written_at_aws
from users.models import User

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.processes,
    pytest.mark.long,
    pytest.mark.timeout(600),
]
CASES = [*USERS, *GROUPS, *POLICIES, *PASSWORDS, *KEYS, *MFA, *SERVER_CERTIFICATES, *SINGLE]
AGES = ("cold", "touched", "young")
# Why nobody can tell, by the case and the ages of its thing.
NOT_SHOWN = {
    "ResyncMFADevice": (AGES, "AWS shows the clock of a device nowhere"),
    "ResetServiceSpecificCredential": (AGES, "AWS shows neither a secret nor when it was reset"),
    "UpdateLoginProfile password": (AGES[1:], "AWS dates passwords: two of one minute look alike"),
    "UpdateLoginProfile both": (AGES[1:], "AWS dates passwords: two of one minute look alike"),
    "ChangePassword": (AGES[1:], "AWS dates passwords: two of one minute look alike"),
}
# The second installation's report is as new as the question; its passwords are not of this minute.
EXPIRE = "from reports.models import CredentialReport; CredentialReport.objects.all().delete()"
AGE = """
from datetime import timedelta
from django.db.models import F
from credentials.models import LoginProfile
from users.models import User
for rows in (LoginProfile.objects, User.objects):
    rows.update(password_last_changed=F("password_last_changed") - timedelta(minutes=10))
"""


def lost(fate: str, action: str) -> faults.Fault:
    """What becomes of one action's answer."""

    def fault(request, pass_on):
        if request.action != action:
            return None
        if fate == "never arrived":
            return faults.Answer(200, b"", cut=0)
        body = pass_on().body
        if fate == "cut":
            return faults.Answer(200, body, cut=0)
        if fate == "torn":
            return faults.Answer(200, body, cut=len(body) // 2)
        return faults.error("ServiceFailure", 500)

    return fault


# Operations that AWS knows by another name.
AT_AWS = {
    "iamconsole:CreateSigningCertificate": "UploadSigningCertificate",
    "iamconsole:RevokeActiveSessions": "PutUserPolicy",
    "ChangePassword": "UpdateLoginProfile",
}
FATES = ("never arrived", "cut", "torn", "HTTP 500")


@pytest.fixture(scope="module")
def second():
    with second_installation() as installation:
        yield installation


def test_every_write_has_a_case():
    assert {case.operation for case in CASES} == {one.name for one in written_at_aws()}
    assert len(CASES) >= 69
    assert NOT_SHOWN.keys() <= {case.label for case in CASES}


@pytest.fixture
def day(second, settings, monkeypatch, alice, caller):
    """The way to it, through a proxy, from a linked account that was read once."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", second.key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", second.key["SecretAccessKey"])
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with faults.proxied(second.url) as proxy:
        settings.AWS_ENDPOINT_URL = f"{proxy.url}/api/"
        link(caller(alice))
        assert sync(alice).state == "done"
        yield proxy


def test_what_aws_has_answered_is_no_news_and_denied_reads_lose_nothing(second, day, alice):
    """First, while the account has few users."""
    World(second, day, alice, "heard").hear()
    assert sync(alice).state == "done"
    later()
    assert sync(alice).state == "done"
    assert not Intent.objects.exclude(state="done").exists()
    good = mirror(AWS_ACCOUNT)
    reads = {bulk.operation for bulk in MIRRORS.lists} | {question.action for question in MIRRORS.questions}
    for action in sorted(reads | {"GetSSHPublicKey", "GetCredentialReport", "GenerateCredentialReport"}):
        User.objects.update(asked_at=None)
        day.faults[:] = [faults.refusing("AccessDenied", action)]
        assert sync(alice).state in ("done", "failed"), action
        assert mirror(AWS_ACCOUNT) == good, action
    news = Event.objects.filter(action="iamconsole:ChangedOutside")
    assert list(news.values_list("resource", "detail")) == []


@pytest.mark.parametrize("age", AGES)
def test_after_silence_the_sentence_is_true(second, day, alice, age):
    assert list(World(second, day, alice, age).wrong()) == []


class World:
    """All cases with things of one age."""

    def __init__(self, second, day, alice, age: str) -> None:
        self.second, self.day, self.alice, self.age = second, day, alice, age
        self.iam = second.client()
        self.by = replace(as_administrator(alice), channel="command")

    def wrong(self) -> Iterator[str]:
        """Sentences that are not true, and doubts without a reason."""
        self.clear()
        for turn in (1, 2):
            for fate in FATES:
                yield from self.round([(case, fate) for case in CASES if case.turn == turn])
        yield from self.round([(case, fate) for case in CASES if not case.turn for fate in FATES])

    def hear(self) -> None:
        """Every write, with its answer."""
        for case in CASES:
            subject = Subject(f"heard-{CASES.index(case):03}", self.by, self.iam)
            case.ready(subject)
            case.touch(subject)
            params = case.params(subject)
            execute(subject.by, case.operation, **params)

    def clear(self) -> None:
        """Make room: an account has 20 server certificates."""
        for row in self.iam.list_server_certificates()["ServerCertificateMetadataList"]:
            self.iam.delete_server_certificate(ServerCertificateName=row["ServerCertificateName"])

    def round(self, asked: list[tuple[Case, str]]) -> Iterator[str]:
        """Several answers are lost, and syncs say what became of them."""
        Intent.objects.all().delete()
        subjects = [self.subject(case, fate) for case, fate in asked]
        for (case, _), subject in zip(asked, subjects, strict=True):
            case.ready(subject)
        if self.age != "young":
            self.grow_old(passwords=len(asked) > 2)
        intents = [
            self.lose(case, fate, subject) for (case, fate), subject in zip(asked, subjects, strict=True)
        ]
        for _ in range(2):
            if len(asked) > 2:
                self.at_aws(EXPIRE)
            self.sync()
            self.wait()
        report = self.passwords()
        for (case, fate), subject, intent in zip(asked, subjects, intents, strict=True):
            intent.refresh_from_db()
            subject.made["report"] = report
            if problem := self.problem(case, subject, intent):
                yield f"{case.label}, {fate}, {self.age}: {problem}"

    def wait(self) -> None:
        """Minutes pass; what is open then was asked before them."""
        later()
        for intent in Intent.objects.filter(state="open"):
            asked = datetime.fromisoformat(intent.evidence["At"]) - timedelta(minutes=6)
            intent.evidence["At"] = asked.isoformat()
            intent.save()

    def subject(self, case: Case, fate: str) -> Subject:
        number, way = CASES.index(case), FATES.index(fate)
        return Subject(f"thing-{AGES.index(self.age)}-{way}-{number:03}", self.by, self.iam)

    def grow_old(self, *, passwords: bool) -> None:
        """All that was made is of ten minutes ago, here and at AWS."""
        self.sync()
        later(10)
        if passwords:
            self.at_aws(AGE)
            earlier = F("password_last_changed") - timedelta(minutes=10)
            LoginProfile.objects.update(password_last_changed=earlier)

    def at_aws(self, command: str) -> None:
        manage(self.second.data, "shell", "-v", "0", "-c", command)

    def lose(self, case: Case, fate: str, subject: Subject) -> Intent:
        """Ask, and hear nothing."""
        if self.age == "touched":
            case.touch(subject)
        params = case.params(subject)
        subject.made["asked"] = timezone.now().replace(microsecond=0)
        before = set(Intent.objects.filter(state="open").values_list("pk", flat=True))
        self.day.faults[:] = [lost(fate, AT_AWS.get(case.operation, case.operation))]
        with pytest.raises(OutcomeUnknown):
            execute(subject.by, case.operation, **params)
        self.day.faults.clear()
        return Intent.objects.filter(state="open").exclude(pk__in=before).get()

    def sync(self) -> None:
        job = sync(self.alice)
        assert job.state == "done", job.error

    def passwords(self) -> dict[str, datetime]:
        """When AWS says that passwords were last changed."""
        report = self.iam.get_credential_report()["Content"].decode()
        dates = {row["user"]: row["password_last_changed"] for row in csv.DictReader(io.StringIO(report))}
        return {name: datetime.fromisoformat(text) for name, text in dates.items() if text[:2] == "20"}

    def problem(self, case: Case, subject: Subject, intent: Intent) -> str:
        """What is wrong with the sentence; "" where it is true."""
        ages, _ = NOT_SHOWN.get(case.label, ((), ""))
        if self.age in ages and "does not show" in intent.outcome:
            return ""
        if intent.state != "settled":
            return f"left {intent.state}"
        says = intent.outcome != HAS_NOT
        if says == case.truth(subject) and intent.outcome != NOT_READ:
            return ""
        return f"“{intent.outcome}” AWS {'does not have' if says else 'has'} it."
