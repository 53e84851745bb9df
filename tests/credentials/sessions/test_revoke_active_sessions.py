"""Revoking sessions at AWS: what is asked of AWS and in which order, what is shown, and how it is taken back."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentials.models import AccessKey
from iamconsole import jobs
from iamconsole.models import Job
from tests.cast import PASSWORD, make_user
from tests.sync.conftest import AWS_ACCOUNT, aws, front, linked, moto_url, sync  # noqa: F401
from users.models import InlinePolicy, User
from users.permissions import permission_rows
from users.policies import revocations

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "AWSRevokeOlderSessions"
AT = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
OLD_SPELLING = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Action": ["*"],
            "Resource": ["*"],
            "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-11-29T12:00:00.000Z"}},
        }
    ],
}
WRITES = ("DeleteLoginProfile", "UpdateLoginProfile", "UpdateAccessKey", "PutUserPolicy")


@pytest.fixture
def there(client, alice, linked, aws, sign_in, front):  # noqa: F811
    """A browser tab of Alice's in the linked account, where wilma has a password and an active key."""
    aws.create_login_profile(UserName="wilma", Password=PASSWORD)
    aws.create_access_key(UserName="wilma")
    sync(alice)
    sign_in(client, alice)
    client.post(f"/accounts/{AWS_ACCOUNT}/switch/", {"role": "IamConsoleAdministrator"})
    return client


def wilma() -> User:
    return User.objects.select_related("account").get(user_name="wilma")


def credentials_page(client) -> str:
    url = reverse("credentials:user-security-credentials", args=[wilma().user_id])
    return " ".join(client.get(url).content.decode().split())


def run_job() -> Job:
    job = Job.objects.exclude(kind="sync").latest("created_at")
    jobs.run(str(job.id))
    job.refresh_from_db()
    return job


def written(front) -> list[str]:  # noqa: F811
    return [action for action in front.asked if action in WRITES]


def test_from_revoking_to_removing(there, aws, front, alice):  # noqa: F811
    assert "No policy revokes older sessions of this user." in credentials_page(there)
    url = reverse("credentials:revoke-active-sessions", args=[wilma().user_id])
    page = there.get(url)
    assert set(page.context["form"].fields) == {"remove_password", "deactivate_keys"}
    before = timezone.now().replace(microsecond=0)
    there.post(url, {"remove_password": "on", "deactivate_keys": "on"})
    assert run_job().state == "done"
    assert written(front) == ["DeleteLoginProfile", "UpdateAccessKey", "PutUserPolicy"], "the sessions last"
    kept = aws.get_user_policy(UserName="wilma", PolicyName=NAME)["PolicyDocument"]
    since = kept["Statement"]["Condition"]["DateLessThan"]["aws:TokenIssueTime"]
    condition = {"DateLessThan": {"aws:TokenIssueTime": since}}
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    assert kept == {"Version": "2012-10-17", "Statement": statement}
    assert before <= datetime.fromisoformat(since) <= timezone.now()
    assert not AccessKey.objects.get(user=wilma()).active
    assert "are denied everything." in credentials_page(there)
    assert there.get(url).context["form"].fields == {}, "nothing is left to take first"

    # Again, and no reading of AWS in between: the same name, a later time.
    InlinePolicy.objects.update(document=json.dumps(OLD_SPELLING))
    there.post(url)
    assert [row.document for row in InlinePolicy.objects.all()] != [json.dumps(OLD_SPELLING)]
    assert aws.list_user_policies(UserName="wilma")["PolicyNames"] == [NAME]

    remove = reverse("credentials:remove-revocation", args=[wilma().user_id, InlinePolicy.objects.get().pk])
    assert remove in credentials_page(there)
    there.post(remove)
    assert aws.list_user_policies(UserName="wilma")["PolicyNames"] == []
    assert "No policy revokes older sessions of this user." in credentials_page(there)


def test_what_others_wrote_at_aws_is_shown_and_only_a_pure_one_is_removed(there, aws, alice):  # noqa: F811
    mixed = json.loads(json.dumps(OLD_SPELLING))
    mixed["Statement"].append({"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"})
    aws.put_user_policy(UserName="wilma", PolicyName="by-hand", PolicyDocument=json.dumps(OLD_SPELLING))
    aws.put_user_policy(UserName="wilma", PolicyName="mixed", PolicyDocument=json.dumps(mixed))
    sync(alice)
    page = credentials_page(there)
    assert page.count("Sessions that began before 29 Nov 2026, 12:00") == 2
    pure, other = (InlinePolicy.objects.get(policy_name=name) for name in ("by-hand", "mixed"))
    of = wilma().user_id
    urls = [reverse("credentials:remove-revocation", args=[of, row.pk]) for row in (pure, other)]
    assert urls[0] in page
    assert urls[1] not in page
    assert there.post(urls[1]).status_code == 404
    assert there.post(urls[0]).status_code == 302
    assert aws.list_user_policies(UserName="wilma")["PolicyNames"] == ["mixed"]


def test_a_password_is_reset_or_removed_with_the_sessions(there, aws, front):  # noqa: F811
    url = reverse("credentials:console-access", args=[wilma().user_id])
    page = " ".join(there.get(url, {"ask": "remove"}).content.decode().split())
    assert page.count("Revoke active sessions at AWS") == 2
    assert "open sessions end at once" not in page
    assert "Sessions that are open at AWS go on until they expire" in page
    there.post(url, {"do": "reset", "password_kind": "generated", "revoke_sessions": "on"})
    assert run_job().state == "done"
    assert written(front) == ["UpdateLoginProfile", "PutUserPolicy"]
    front.asked.clear()
    kept = there.post(url, {"do": "remove"}, follow=True)
    assert "Sessions that are open at AWS go on" in str([str(one) for one in kept.context["messages"]])
    assert written(front) == ["DeleteLoginProfile"]


def test_what_was_left_is_done_later_and_the_sessions_last(there, front):  # noqa: F811
    front.denied = frozenset({"UpdateAccessKey"})
    url = reverse("credentials:revoke-active-sessions", args=[wilma().user_id])
    there.post(url, {"remove_password": "on", "deactivate_keys": "on"})
    job = run_job()
    assert [step["state"] for step in job.steps] == ["done", "failed", "cancelled"]
    front.denied = frozenset()
    there.post(reverse("continue-job", args=[job.id]))
    assert run_job().state == "done"
    assert written(front) == ["DeleteLoginProfile", "UpdateAccessKey", "UpdateAccessKey", "PutUserPolicy"]


def test_many_users_and_unused_credentials(there, aws, front, alice):  # noqa: F811
    """In bulk alone and after the keys; for unused credentials after all of them."""
    aws.create_user(UserName="xaver")
    sync(alice)
    xaver = User.objects.get(user_name="xaver")
    bulk = reverse("credentials:bulk")
    assert 'value="revoke-sessions"' in there.get(reverse("users:list")).content.decode()
    both = {"user": [wilma().pk, xaver.pk]}
    there.post(there.post(bulk, {**both, "do": "revoke-sessions"}).url)
    assert run_job().state == "done"
    assert written(front) == ["PutUserPolicy", "PutUserPolicy"]
    front.asked.clear()
    many = {"do": "deactivate", "key": AccessKey.objects.get().pk}
    url = there.post(reverse("credentials:change-access-keys"), many).url
    marked = there.get(url).context["selection"].seal
    there.post(url, {"marked": marked, "revoke_sessions": "on"})
    assert run_job().state == "done"
    assert written(front) == ["UpdateAccessKey", "PutUserPolicy"]
    front.asked.clear()
    User.objects.filter(pk=wilma().pk).update(create_date=AT - timedelta(days=900))
    AccessKey.objects.update(status="Active", create_date=AT - timedelta(days=800))
    ticked = {"credential": [f"key:{AccessKey.objects.get().pk}"], "days": 90, "grace": 30}
    confirmation = there.post(reverse("reports:deactivate-credentials"), ticked).url
    assert "Revoke active sessions at AWS" in there.get(confirmation).content.decode()
    there.post(confirmation, {"revoke_sessions": "on"})
    assert run_job().state == "done"
    assert written(front) == ["UpdateAccessKey", "PutUserPolicy"]


def test_deleting_says_what_lives_on_and_local_accounts_keep_their_words(there, alice, bob, sign_in):
    delete = there.get(reverse("credentials:delete-user", args=[wilma().user_id])).content.decode()
    assert "sessions of roles" in " ".join(delete.lower().split())
    own = sign_in(type(there)(), alice)
    page = own.get(reverse("credentials:console-access", args=[bob.user_id])).content.decode()
    assert "open sessions end at once" in " ".join(page.split())
    assert "at AWS" not in page
    assert own.post(reverse("credentials:bulk"), {"do": "revoke-sessions", "user": bob.pk}).status_code == 302


@pytest.mark.parametrize(
    ("change", "revokes"),
    [
        ({}, True),
        ({"Condition": {"datelessthan": {"AWS:tokenissuetime": ["2026-11-29T13:00:00+01:00"]}}}, True),
        ({"Condition": {"DateLessThan": {"aws:TokenIssueTime": "1795953600"}}}, True),
        ({"Condition": {"DateLessThanEquals": {"aws:TokenIssueTime": "2026-11-29T12:00:00Z"}}}, True),
        ({"Effect": "Allow"}, False),
        ({"Action": "s3:*"}, False),
        ({"Resource": "arn:aws:s3:::b"}, False),
        ({"Condition": {"DateGreaterThan": {"aws:TokenIssueTime": "2026-11-29T12:00:00Z"}}}, False),
        ({"Condition": {"DateLessThan": {"aws:CurrentTime": "2026-11-29T12:00:00Z"}}}, False),
        ({"Condition": {"DateLessThan": {"aws:TokenIssueTime": "soon"}}}, False),
        ({"Condition": {"DateLessThan": {"aws:TokenIssueTime": "99999999999999"}}}, False),
        (
            {
                "Condition": {
                    "DateLessThan": {"aws:TokenIssueTime": "2026-11-29T12:00:00Z"},
                    "Bool": {"aws:MultiFactorAuthPresent": "false"},
                }
            },
            False,
        ),
    ],
)
def test_every_spelling_is_known(home, change, revokes):
    vera = make_user(home, "vera")
    statement = {**OLD_SPELLING["Statement"][0], **change}
    InlinePolicy.objects.create(
        user=vera,
        policy_name="p",
        name_folded="p",
        document=json.dumps({"Version": "2012-10-17", "Statement": statement}),
    )
    found = revocations.in_force(permission_rows(vera))
    assert [one.before for one in found] == ([AT] if revokes else [])
