"""Access keys of a linked account: whether they are in use may not be known, and AWS is asked key by key."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentials.models import AccessKey
from iamconsole import jobs
from iamconsole.models import Job
from tests.sync.conftest import AWS_ACCOUNT, aws, front, linked, moto_url, sync  # noqa: F401
from users.models import Account, AccountLink, User

pytestmark = pytest.mark.django_db(transaction=True)
LIST, CHANGE = reverse("credentials:access-keys"), reverse("credentials:change-access-keys")


def test_selected_keys_are_deactivated_at_aws(client, alice, linked, aws, sign_in, front):  # noqa: F811
    aws.create_user(UserName="fred")
    first, second, other = (
        aws.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
        for name in ("wilma", "wilma", "fred")
    )
    sync(alice)
    sign_in(client, alice)
    client.post(f"/accounts/{AWS_ACCOUNT}/switch/", {"role": "IamConsoleAdministrator"})
    rows = {row.record.label: row.record.pk for row in client.get(LIST).context["table"].page}
    assert set(rows) == {first, second, other}
    url = client.post(CHANGE, {"do": "deactivate", "key": [rows[first], rows[second]]}).url
    assert client.get(url).context["selection"].marked == [], "never used, as the last sync has read"

    # What was read three days ago says nothing of the last days, so a yes is asked for.
    AccountLink.objects.update(synced_at=timezone.now() - timedelta(days=3))
    selection = client.get(url).context["selection"]
    assert selection.marked == sorted([first, second])
    assert client.post(url, {"marked": selection.seal}).status_code == 400
    assert not Job.objects.exclude(kind="sync").exists()

    # Nobody here knows yet that one of them was deleted at AWS.
    aws.delete_access_key(UserName="wilma", AccessKeyId=second)
    front.asked.clear()
    assert client.post(url, {"marked": selection.seal, "confirm": "yes"}).status_code == 302
    job = Job.objects.exclude(kind="sync").get()
    jobs.run(str(job.id))
    assert front.asked.count("UpdateAccessKey") == 2
    found = {row.key: (row.state, row.message) for row in job.rows.all()}
    assert found[first] == ("done", "Deactivated.")
    assert found[second][0] == "failed"
    assert second in found[second][1]
    for name, state in (("wilma", "Inactive"), ("fred", "Active")):
        assert [key["Status"] for key in aws.list_access_keys(UserName=name)["AccessKeyMetadata"]] == [state]


def test_an_imported_account_has_a_list_without_boxes(client, home, alice, bob, sign_in):
    """What a report does not contain is not known, and nothing can be selected or sent."""
    key = AccessKey.objects.create(user=bob, slot=1, create_date=timezone.now() - timedelta(days=300))
    Account.objects.update(kind=Account.Kind.IMPORTED)
    User.objects.filter(pk=bob.pk).update(access_key_count=1)
    sign_in(client, alice)
    page = client.get(f"{LIST}?select=old").content.decode()
    assert 'data-not-known="access key IDs"' in page
    assert 'name="key"' not in page
    assert "Deactivate" not in page
    client.post(CHANGE, {"do": "deactivate", "key": [key.pk]})
    assert not Job.objects.exists()
