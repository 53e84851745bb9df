"""A root user without password and keys lacks no MFA device (IAM-FACTS 2.24.2)."""

import pytest
from django.urls import reverse

from iamconsole.operations import execute
from reports.findings.evaluation import evaluate
from tests.reports.uploads import IMPORTED_ID, ROOT_ROW, report, row
from users.models import Account

pytestmark = pytest.mark.django_db
FINDING = "Root has no MFA"
CREATED = "2020-01-02T03:04:05Z"
WITH_PASSWORD = ROOT_ROW.replace("not_supported,true,", "not_supported,false,")
MEMBER = WITH_PASSWORD.replace(
    f",true,no_information,{CREATED},not_supported,", ",false,N/A,N/A,not_supported,"
)
KEY = MEMBER.replace(",false,N/A,N/A,N/A,N/A,", f",true,{CREATED},N/A,N/A,N/A,", 1)
OLD_KEY = KEY.replace(f",true,{CREATED},N/A", f",false,{CREATED},N/A", 1)
GOV = MEMBER.replace("arn:aws:", "arn:aws-us-gov:").replace(",false,N/A", ",not_supported,N/A", 1)


@pytest.fixture
def looked_at(client, alice, caller, sign_in):
    """The pages that say what should be better in an account, after an import."""

    def look(root: str, users: str) -> list[str]:
        content = report(users, root=root)
        execute(caller(alice), "iamconsole:ImportAccount", AccountId=IMPORTED_ID, Content=content)
        sign_in(client, alice)
        client.post(reverse("users:switch-account", args=[IMPORTED_ID]))
        evaluate([Account.objects.get(account_id=IMPORTED_ID)])
        return [client.get(reverse("home")).content.decode()]

    return look


@pytest.mark.parametrize(
    ("root", "found"), [(WITH_PASSWORD, True), (KEY, True), (OLD_KEY, True), (MEMBER, False)]
)
def test_only_a_root_that_can_act_needs_mfa(looked_at, client, root, found):
    for page in looked_at(root, row("ann")):
        assert (FINDING in page) == found
    settings = client.get(reverse("credentials:account-settings")).content.decode()
    assert ("Nobody can act as root." in settings) != found


def test_root_of_govcloud_has_no_console(looked_at):
    users = row("ann").replace("arn:aws:", "arn:aws-us-gov:")
    assert not any(FINDING in page for page in looked_at(GOV, users))
    with_key = GOV.replace(",false,N/A,N/A,N/A,N/A,", f",true,{CREATED},N/A,N/A,N/A,", 1)
    assert all(FINDING in page for page in looked_at(with_key, users))
