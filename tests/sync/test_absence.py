"""Pages of imported and linked accounts claim no absence that nobody has read (``tests.absence``)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentials.models import AccessKey
from iamconsole.errors import IamError
from iamconsole.operations import execute
from tests.absence import unbacked
from tests.reports.uploads import DAY, IMPORTED_ID, report, row
from tests.sync.conftest import AWS_ACCOUNT, as_administrator, link, sync
from users.accounts import link_policies
from users.models import Account, AccountLink, User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
OPTIONAL = {action for action in link_policies.READ if action not in link_policies.REQUIRED}
# Of AWS's own policies no tag and no owner is missing: nobody can tag them.
# What AWS counts itself (GetAccountSummary): roles and instance profiles.
OF_AWS = [
    (r"users\.policy|policy-services", r"^\(0\)$|^No tags$|^–$"),
    (r"account-settings", r"^0 of 1,000$"),
]
# What only this console has: its reports, requests for permissions, the words of legends and of what it does.
OF_CONSOLE = [
    (r"users\.(list|across-users)|access-keys", r"never used in 14 d"),
    (r"compare-credential-reports", r"^There is nothing to compare yet$"),
    (r"permission-requests", r"^\(0\)$|^0$|^No open requests$|gives nothing by itself"),
    (r"mfa-requirement", r"^Nothing has changed yet\.$"),
    (r"ready-policies", r"^Changes nothing\.$|never an administrator or a program"),
    (r"who-can", r"^Empty means any resource|^Nobody can tell from this account|has no answer here"),
]
# How often this console has synced, what it found open, and what it did itself.
OF_SYNCS = [
    (r"account", r"^Never$|returned no report|^–$|^Missing permissions$|^None that AWS named"),
    # AWS's own numbers, read with the lists.
    (r"account-settings", r"^0 of [\d,]+$"),
    (r"across|home|settings", r"^0$|^Never$|^\(0\)$|^0 of 0|^\(0 of \d+ open\)$"),
    (r"last-accessed|users\.list", r"^\(0\)$|^0$"),
]
# Columns that a credential report has.
REPORTED = [
    (r"", r"^Never$|^Never signed in$|Last sign-in: Never$|last used: Never$|^Last root sign-in never$"),
    (r"user|home", r"^No password\.?$|^None$|cannot sign in|^0$|^of 0 users$"),
    (r"across|unused|attach", r"^No password$|^None$|^0$|^0 %$|^–$"),
    (r"account-settings|delete-user|accounts", r"^None$|^–$"),
    (r"home|across-findings", r"^0 of them older than a year\.$|without MFA|^Root has no MFA device$"),
    (
        r"user-security",
        r"^\(0( of [28])?\)$|^No (MFA devices|access keys\.|signing certificates)$|does not need one",
    ),
    (r"last-accessed", r"^\(0\)$|^No credentials$|has no password, access key or MFA device|^–$"),
    (r"users\.(list|across-users)", r"^0 days$|^–$"),
    (r"console-access", r"has no console password"),
    (r"access-keys", r"^0$|^–$"),
    (r"view-credential-report", r"never used in \d+ days$|^–$"),
]
# What the lists tell without which a sync stops: users, groups, policies, tags; access keys, MFA devices.
READ = [
    (r"account-settings", r"^0 users$|^Not required by a policy of this console$"),
    (r"", r"^User: 0$"),
    (
        r"users\.|-services",
        r"^\(0( of 50)?\)$|^0$|^–$|^None$|^No user or group$|^Not set$|ConsoleSelfService|without any policy",
    ),
    (
        r"users\.",
        r"^No (groups|users|policies|tags|user groups|other users|customer|(users|groups) to choose)",
    ),
    (r"users\.", r"^In no group$|has no permissions yet|There are no|there are no groups|has no other user"),
    (
        r"home",
        r"^0$|^0 (empty|not attached|groups with it)$|^No active access key|^No user has Admin|^of 0 users$",
    ),
    (r"home", r"^There is no active access key$"),
    (r"account-settings", r"^0 of [\d,]+$"),
    (r"delete-user|last-accessed|user-security|unused|settings", r"^None$|^\(0( of [258])?\)$|^0$"),
    (r"user-security", r"^No (MFA devices|access keys\.)$|^No policy revokes older sessions"),
    (r"across", r"^0$|^\(0\)$|^No access keys$|^No user has an access key|^No open findings$"),
    (r"user-", r"^None$"),
    (r"access-keys", r"^\(0\)$|^No access keys$|^No user of this account has an access key\.$"),
    (r"delete-user|mfa-requirement", r"^Nobody (has these permissions|gains or loses an action)"),
]


def switched(client, account):
    assert client.post(reverse("users:switch-account", args=[account.account_id])).status_code == 302
    return client


def test_an_imported_account(client, alice, caller, sign_in):
    key = {"access_key_1_active": "true", "access_key_1_last_rotated": DAY}
    password = {
        "password_enabled": "true",
        "password_last_used": "no_information",
        "password_last_changed": DAY,
    }
    content = report(
        row("ann"),
        row("bea", mfa_active="true", cert_1_active="true", cert_1_last_rotated=DAY, **password, **key),
    )
    execute(caller(alice), "iamconsole:ImportAccount", AccountId=IMPORTED_ID, Content=content)
    account = Account.objects.get(account_id=IMPORTED_ID)
    switched(sign_in(client, alice), account)
    for name in ("ann", "bea"):
        user = User.objects.get(user_name=name)
        assert unbacked(client, account, user, [*REPORTED, *OF_AWS, *OF_CONSOLE]) == []


def test_a_linked_account_that_answers_only_what_it_must(client, alice, caller, sign_in, front, aws):
    aws.create_user(UserName="wilma")
    front.denied = frozenset(action.removeprefix("iam:") for action in OPTIONAL)
    link(caller(alice))
    assert sync(alice).state == "done"
    account, user = Account.objects.get(account_id=AWS_ACCOUNT), User.objects.get(user_name="wilma")
    assert (
        unbacked(
            switched(sign_in(client, alice), account), account, user, [*READ, *OF_AWS, *OF_SYNCS, *OF_CONSOLE]
        )
        == []
    )


def test_a_linked_account_before_its_first_sync_has_ended(client, alice, caller, sign_in, linked):
    """Its first users are here, and nobody knows what is still to come."""
    AccountLink.objects.update(synced_at=None, sync_counts={})
    User.objects.filter(user_name="wilma").update(asked_at=None, tags={})
    account, user = Account.objects.get(account_id=AWS_ACCOUNT), User.objects.get(user_name="wilma")
    known = [
        (r"users\.user$|user-security", r"ConsoleSelfService|without any policy|^\(0\)$"),
        *OF_AWS,
        *OF_SYNCS,
        *OF_CONSOLE,
    ]
    assert unbacked(switched(sign_in(client, alice), account), account, user, known) == []


def test_nothing_is_deactivated_as_unused_while_its_use_is_not_known(
    client, alice, caller, sign_in, front, aws
):
    """AWS's report is denied: a key that was never used and one that was look alike."""
    aws.create_user(UserName="wilma")
    key = aws.create_access_key(UserName="wilma")["AccessKey"]["AccessKeyId"]
    front.denied = frozenset({"GenerateCredentialReport", "GetCredentialReport"})
    link(caller(alice))
    assert sync(alice).state == "done"
    AccessKey.objects.update(create_date=timezone.now() - timedelta(days=400))
    switched(sign_in(client, alice), Account.objects.get(account_id=AWS_ACCOUNT))
    page = client.get(reverse("reports:unused-credentials")).content.decode()
    assert "This list may be wrong." in page
    assert 'name="credential"' not in page
    row = AccessKey.objects.get()
    answer = client.post(
        reverse("reports:deactivate-credentials"),
        {"credential": f"key:{row.pk}"},
        follow=True,
    )
    assert "The last sync could not read the last use of credentials" in answer.content.decode()
    assert aws.list_access_keys(UserName="wilma")["AccessKeyMetadata"][0]["Status"] == "Active"
    with pytest.raises(IamError, match="could not read the last use"):
        execute(as_administrator(alice), "GetAccessKeyLastUsed", AccessKeyId=key)
