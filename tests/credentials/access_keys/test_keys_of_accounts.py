"""Selected access keys of several accounts: one confirmation, and a job in each account."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentials.models import AccessKey
from iamconsole import jobs
from iamconsole.models import Event, Job
from tests.cast import make_account, make_user
from users.models import Account

pytestmark = pytest.mark.django_db(transaction=True)
LIST, CHANGE = (
    reverse(f"credentials:{name}") for name in ("across-access-keys", "change-across-access-keys")
)


def give_key(user, days: int, **more) -> AccessKey:
    made = timezone.now() - timedelta(days=days)
    key_id = f"AKIA{user.user_name.upper():X<12}{days:04}"
    return AccessKey.objects.create(user=user, slot=1, access_key_id=key_id, create_date=made, **more)


@pytest.fixture
def keys(home, bob) -> list[AccessKey]:
    """An old key in each of two accounts, a new one and one of an imported account."""
    east, west = (make_account(f"20000000000{n}", alias=f"alias{n}") for n in (1, 2))
    report = make_account("200000000003", alias="report", kind=Account.Kind.IMPORTED)
    return [
        give_key(bob, 200),
        give_key(make_user(east, "eve"), 300),
        give_key(make_user(west, "walt"), 5),
        AccessKey.objects.create(
            user=make_user(report, "rita"), slot=1, create_date=timezone.now() - timedelta(days=400)
        ),
    ]


def test_a_job_in_each_account(client, alice, sign_in, keys):
    sign_in(client, alice)
    page = client.get(f"{LIST}?status=active&select=old").content.decode()
    boxes = re.findall(r'<input\s+type="checkbox"\s+name="key"[^>]*>', page)
    ticked = [re.search(r'value="(\d+)"', box)[1] for box in boxes if " checked" in box]
    assert set(ticked) == {str(keys[0].pk), str(keys[1].pk)}, "a report's key cannot be changed"
    every = client.post(f"{CHANGE}?key_age=90", {"do": "deactivate", "all": "yes"}, follow=True)
    assert "1 selected access key cannot be changed here." in every.content.decode()
    url = client.post(CHANGE, {"do": "deactivate", "key": ticked}).url
    shown = client.get(url)
    text = shown.content.decode()
    assert "Deactivate 2 access keys?" in text
    assert keys[0].label in text
    assert keys[1].label in text
    assert keys[2].label not in text
    answer = client.post(url, {"marked": shown.context["selection"].seal})
    found = {job.account_id: job for job in Job.objects.all()}
    assert set(found) == {alice.account.account_id, "200000000001"}
    for job in found.values():
        jobs.run(str(job.id))
        assert [row.state for row in job.rows.all()] == ["done"]
    assert [AccessKey.objects.get(pk=key.pk).status for key in keys] == [
        "Inactive",
        "Inactive",
        "Active",
        "Active",
    ]
    result = client.get(answer.url).content.decode()
    assert all(str(job.id) in result for job in found.values())
    event = Event.objects.get(action="iam:UpdateAccessKey", account_id="200000000001")
    assert "IamConsoleAdministrator" in event.principal_arn
    assert client.get(url).url == answer.url


def test_an_account_that_is_out_of_sight_is_left_alone(client, bob, sign_in, keys):
    """Bob may switch nowhere, and administers nothing."""
    sign_in(client, bob)
    assert client.post(CHANGE, {"do": "deactivate", "key": [keys[1].pk]}).status_code == 403
    assert not Job.objects.exists()
