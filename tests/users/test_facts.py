"""What is known of an account, by where it comes from (``users.facts``)."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from iamconsole.operations import execute
from tests.reports.uploads import IMPORTED_ID, report, row
from users.facts import EVERYTHING, FACTS
from users.models import Account, AccountLink, User

pytestmark = pytest.mark.django_db
USED = re.compile(r"not_known\.(\w+)")


def unknown(account: Account) -> set[str]:
    return {name for name in FACTS if account.not_known[name]}


def linked_account(**link: object) -> Account:
    account = Account.objects.create(account_id="400000000004", kind=Account.Kind.LINKED)
    AccountLink.objects.create(account=account, **link)
    return account


def test_everything_of_a_local_account_is_known(alice):
    assert unknown(alice.account) == set()


def test_of_an_imported_account_what_its_report_contains_is_known(alice, caller):
    execute(caller(alice), "iamconsole:ImportAccount", AccountId=IMPORTED_ID, Content=report(row("ann")))
    account = Account.objects.get(account_id=IMPORTED_ID)
    assert unknown(account) == {name for name, fact in FACTS.items() if not fact.in_report}
    groups = account.not_known["groups"]
    assert groups.why == "A credential report does not contain groups."
    assert timezone.now() - groups.at < timedelta(minutes=5)
    assert User.objects.get(user_name="ann").not_known["ssh_public_keys"]


def test_of_a_linked_account_all_is_unknown_until_it_was_read():
    account = linked_account()
    assert unknown(account) == set(FACTS)
    assert "has not ended" in str(account.not_known["users"])
    AccountLink.objects.filter(account=account).update(sync_error="Access denied.")
    assert "did not succeed" in str(Account.objects.get(pk=account.pk).not_known["users"])


def test_what_a_sync_could_not_read_stays_unknown_and_names_the_action():
    now = timezone.now()
    denied = ["ListServerCertificates", "GetCredentialReport"]
    account = linked_account(synced_at=now, sync_counts={"unknown": denied})
    assert unknown(account) == {"server_certificates", "last_use", "root"}
    fact = account.not_known["server_certificates"]
    assert fact.why == "The last sync could not read server certificates (iam:ListServerCertificates)."
    assert fact.at == now


def test_what_is_asked_user_by_user_is_unknown_until_then():
    account = linked_account(synced_at=timezone.now())
    user = User(account=account, user_id="AIDAX", user_name="ann")
    assert str(user.not_known["ssh_public_keys"]).endswith("SSH public keys of this user yet.")
    assert user.not_known["groups"] is None
    user.asked_at = timezone.now()
    assert user.not_known["ssh_public_keys"] is None


@pytest.mark.parametrize(
    ("link", "lost"),
    [
        ({}, [EVERYTHING]),
        (
            {"synced_at": timezone.now(), "sync_counts": {"unknown": ["ListAccountAliases"]}},
            ["ListAccountAliases"],
        ),
    ],
)
def test_an_unlinked_account_keeps_what_it_did_not_know(alice, caller, link, lost):
    account = linked_account(**link)
    before = unknown(account)
    execute(caller(alice), "iamconsole:UnlinkAccount", AccountId=account.account_id, Keep=True)
    kept = Account.objects.get(pk=account.pk)
    assert (kept.not_read, unknown(kept)) == (lost, before)
    assert "before this account was unlinked" in str(kept.not_known["alias"])


def test_templates_ask_for_facts_that_there_are():
    """An unknown name would be taken for a known fact."""
    pages = Path(settings.BASE_DIR, "templates").rglob("*.html")
    asked = {name for page in pages for name in USED.findall(page.read_text())}
    assert asked <= set(FACTS)
