"""Root's own access keys in the browser: advised against, for root alone, and shown as a finding."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from credentials.models import AccessKey
from iamconsole.models import Event
from reports.credential_report.generation import generate
from tests.findings import lines
from tests.query.clients import routed
from users.models import User

pytestmark = pytest.mark.django_db
CREATE = reverse("credentials:create-root-access-key")
ME = reverse("credentials:my-security-credentials")
YES = {"understood": "on"}


def url(name: str, key: AccessKey) -> str:
    return reverse(f"credentials:{name}-root-access-key", args=[key.access_key_id])


@pytest.fixture
def root(home):
    return User.objects.root_of(home)


@pytest.fixture
def as_root(client, root, sign_in):
    return sign_in(client, root)


@pytest.fixture
def key(as_root, root):
    as_root.post(CREATE, YES)
    return root.access_keys.get()


def test_the_page_advises_and_asks_for_a_tick(as_root, root):
    page = as_root.get(CREATE).content.decode()
    assert "What to do instead" in page
    assert "A lost root key is a lost account." in page
    refused = as_root.post(CREATE)
    assert refused.status_code == 400
    assert "Select the box to create the key, or cancel." in refused.content.decode()
    assert not root.access_keys.exists()


def test_a_key_of_root_is_shown_once_and_works(as_root, root):
    answer = as_root.post(CREATE, YES)
    text = as_root.get(answer["Location"]).content.decode()
    (secret,) = re.findall(r'"ui-secret-value">([A-Za-z0-9/+]{40})<', text)
    key = root.access_keys.get()
    assert key.access_key_id in text
    who = routed(key.access_key_id, secret, service="sts").get_caller_identity()
    assert who["Arn"] == "arn:aws:iam::100000000001:root"
    assert "/api/ aws --profile root sts get-caller-identity" in text, "where its requests go"
    assert secret not in as_root.get(ME).content.decode()
    assert secret not in str(list(Event.objects.values_list("detail", flat=True)))


def test_deactivated_activated_and_deleted(as_root, key):
    page = as_root.get(ME).content.decode()
    assert "Root has access keys." in page
    assert key.access_key_id in page
    assert (
        "Deactivate the access key before you delete it" in as_root.get(url("delete", key)).content.decode()
    )
    typed = {"confirm": key.access_key_id}
    assert "Deactivate the access key" in as_root.post(url("delete", key), typed).content.decode()
    as_root.post(url("update", key), {"status": "Inactive"})
    key.refresh_from_db()
    assert key.status == "Inactive"
    as_root.post(url("update", key), {"status": "Active"})
    key.refresh_from_db()
    assert key.status == "Active"
    as_root.post(url("update", key), {"status": "Inactive"})
    assert as_root.post(url("delete", key), {"confirm": "AKIA"}).status_code == 400
    assert as_root.post(url("delete", key), typed).url == ME
    assert not AccessKey.objects.exists()
    actions = set(Event.objects.filter(outcome="allowed").values_list("action", flat=True))
    assert actions >= {"iam:CreateAccessKey", "iam:UpdateAccessKey", "iam:DeleteAccessKey"}


def test_there_is_no_third(as_root, key, root):
    as_root.post(CREATE, YES)
    page = as_root.get(CREATE).content.decode()
    assert "Root has two access keys" in page
    assert "Cannot exceed quota for AccessKeysPerUser: 2" in as_root.post(CREATE, YES).content.decode()
    assert root.access_keys.count() == 2


def test_nobody_else_reaches_roots_keys(as_root, key, alice, client, sign_in):
    client.logout()
    sign_in(client, alice)
    assert client.post(CREATE, YES).status_code == 404
    assert client.post(url("update", key), {"status": "Inactive"}).status_code == 404
    assert client.post(url("delete", key), {"confirm": key.access_key_id}).status_code == 404
    assert AccessKey.objects.get().active
    assert "Access keys of root" not in client.get(ME).content.decode()


def test_root_reaches_no_key_of_a_user_there(as_root, alice):
    other = AccessKey.objects.create(user=alice, slot=1, access_key_id="AKIA" + "B" * 16)
    assert as_root.post(url("update", other), {"status": "Inactive"}).status_code == 404
    assert as_root.get(url("delete", other)).status_code == 404


def test_a_sign_in_of_long_ago_is_asked_again(as_root, root):
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        answer = as_root.post(CREATE, YES)
    assert "Confirm that it is you" in answer.content.decode()
    assert not root.access_keys.exists()


def test_the_dashboard_finds_it_until_it_is_gone(as_root, key, home):
    assert lines(home)["Root has access keys"].type == "error"
    as_root.post(url("update", key), {"status": "Inactive"})
    assert lines(home)["Root has access keys"].type in ("error", "warning")
    as_root.post(url("delete", key), {"confirm": key.access_key_id})
    assert "Root has access keys" not in lines(home)


def test_the_credential_report_tells_of_it(key, home):
    content, _ = generate(home, lambda *progress: None)
    header, root = (line.split(",") for line in content.decode().split("\n")[:2])
    cells = dict(zip(header, root, strict=True))
    assert cells["user"] == "<root_account>"
    assert cells["access_key_1_active"] == "true"
    assert cells["access_key_1_last_rotated"] == key.create_date.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert cells["access_key_2_active"] == "false"
