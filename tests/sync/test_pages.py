"""The pages of accounts, as a person uses them."""

import re

import pytest
from django.urls import reverse

from credentials.models import AccessKey
from iamconsole import jobs
from iamconsole.models import Event, Intent, Job
from iamconsole.operations import all_operations
from tests.cast import PASSWORD, make_user
from tests.sync.conftest import AWS_ACCOUNT, sync
from users.accounts import link_policies
from users.callers.middleware import ROLES
from users.models import Account, AccountLink, Group, InlinePolicy, User

pytestmark = pytest.mark.django_db(transaction=True)
AUDITOR = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole",'
    '"iamconsole:ListAccounts"],"Resource":["*"]},{"Effect":"Deny","Action":"sts:AssumeRole",'
    '"Resource":"*IamConsoleAdministrator"}]}'
)


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def page(client, name="users:account", **kwargs) -> str:
    return client.get(reverse(name, kwargs=kwargs or {"account_id": AWS_ACCOUNT})).content.decode()


def post(client, name, **data):
    return client.post(reverse(name, args=[AWS_ACCOUNT]), data)


def test_linking_starts_the_first_sync_and_shows_it(as_alice, aws):
    aws.create_user(UserName="wilma")
    sent = {"account_id": "1234-5678-9012", "method": "default"}
    answer = as_alice.post(as_alice.post(reverse("users:link-account"), sent).url, follow=True)
    job = Job.objects.get(kind="sync")
    assert reverse("job", args=[job.id]) in answer.content.decode()
    assert "Its first sync has been started." in answer.content.decode()
    jobs.run(str(job.id))
    assert "1 new, 0 changed, 0 removed" in page(as_alice)
    assert re.search(r'data-label="Users">\s*1\s*<', as_alice.get(reverse("users:accounts")).content.decode())


@pytest.mark.parametrize(
    ("sent", "field", "sentence"),
    [
        ({"account_id": "999999999999", "method": "default"}, "account_id", "belong to account 123456789012"),
        ({"account_id": "12", "method": "default"}, "account_id", "12 digits"),
        ({"account_id": AWS_ACCOUNT, "method": "profile"}, "profile", "Enter the name of the profile"),
        (
            {"account_id": AWS_ACCOUNT, "method": "profile", "profile": "nope"},
            "profile",
            "No AWS credentials",
        ),
        ({"account_id": AWS_ACCOUNT, "method": "role"}, "role_arn", "Enter the ARN of the role"),
        (
            {"account_id": AWS_ACCOUNT, "method": "role", "role_arn": f"arn:aws:iam::{AWS_ACCOUNT}:role/R"},
            "role_arn",
            "Not today.",
        ),
    ],
)
def test_a_link_that_does_not_work_is_said_at_its_field(as_alice, aws, front, sent, field, sentence):
    front.denied = frozenset({"AssumeRole"})
    answer = as_alice.post(reverse("users:link-account"), sent)
    assert sentence in answer.context["form"].errors[field][0]
    assert sentence in answer.content.decode()
    assert not Account.objects.filter(account_id=AWS_ACCOUNT).exists()


def test_an_account_is_linked_once(as_alice, linked):
    sent = {"account_id": AWS_ACCOUNT, "method": "default"}
    answer = as_alice.post(reverse("users:link-account"), sent)
    assert "is already here" in answer.context["form"].errors["account_id"][0]


def test_the_link_page_proposes_an_external_id_and_shows_the_policies(as_alice):
    answer = as_alice.get(reverse("users:link-account"))
    text = answer.content.decode()
    proposed = answer.context["form"]["external_id"].value()
    assert text.count(proposed) >= 2, "in the field and in the trust policy"
    assert "iam:GetAccountAuthorizationDetails" in text
    assert "iam:CreateAccessKey" in text


def test_a_second_sync_is_shown_the_first(as_alice, linked):
    post(as_alice, "users:sync-account")
    answer = as_alice.post(reverse("users:sync-account", args=[AWS_ACCOUNT]), follow=True)
    job = Job.objects.get(kind="sync", state="waiting")
    assert "This is already running." in answer.content.decode()
    assert reverse("job", args=[job.id]) in answer.content.decode()


def test_removing_many_is_asked_on_the_page(as_alice, alice, linked, aws):
    for number in range(12):
        aws.create_user(UserName=f"user-{number:02}")
    sync(alice)
    User.objects.filter(account=linked).update(create_date="2020-01-01T00:00:00Z")
    for number in range(12):
        aws.delete_user(UserName=f"user-{number:02}")
    assert "Remove them anyway" not in page(as_alice)
    sync(alice)
    assert "Remove them anyway" in page(as_alice)
    post(as_alice, "users:sync-account", anyway="1")
    jobs.run(str(Job.objects.get(state="waiting").id))
    assert User.objects.filter(account=linked).count() == 1
    assert "Remove them anyway" not in page(as_alice)


def test_open_questions_and_lost_keys_are_shown(as_alice, alice, linked, aws):
    wilma = User.objects.get(user_name="wilma")
    key = AccessKey.objects.create(user=wilma, slot=1, access_key_id="AKIALOSTLOSTLOSTLOST", secret_lost=True)
    Intent.objects.create(account_id=AWS_ACCOUNT, operation="DeleteUser", resource="r", principal_arn="x")
    text = page(as_alice)
    assert "Changes without a known result" in text
    assert "Switch to this account to delete it." in text
    post(as_alice, "users:switch-account")
    target = reverse("credentials:delete-access-key", args=[wilma.user_id, key.access_key_id])
    assert f"/{AWS_ACCOUNT}{target}" in page(as_alice) or f'href="{target}"' in page(as_alice)
    assert as_alice.get(target).status_code == 200


def test_what_aws_did_not_answer_is_named(as_alice, alice, linked, front):
    front.denied = frozenset({"ListAccountAliases"})
    assert sync(alice).state == "done"
    assert "ListAccountAliases" in page(as_alice)


def test_unlinking_asks_for_the_account_id(as_alice, linked, aws):
    post(as_alice, "users:switch-account")
    url = reverse("users:unlink-account", args=[AWS_ACCOUNT])
    answer = as_alice.post(url, {"confirm": "1", "what": "remove"}, follow=True)
    assert "This is not the account ID." in answer.content.decode()
    answer = as_alice.post(url, {"confirm": AWS_ACCOUNT, "what": "remove"}, follow=True)
    assert "Nothing was changed in AWS." in answer.content.decode()
    assert not Account.objects.filter(account_id=AWS_ACCOUNT).exists()
    assert not as_alice.session[ROLES]


@pytest.mark.parametrize("open_thing", ["job", "intent"])
def test_unlinking_waits_for_what_is_open(as_alice, linked, open_thing):
    if open_thing == "job":
        post(as_alice, "users:sync-account")
    else:
        Intent.objects.create(account_id=AWS_ACCOUNT, operation="CreateUser", principal_arn="x")
    sent = {"confirm": AWS_ACCOUNT, "what": "remove"}
    answer = as_alice.post(reverse("users:unlink-account", args=[AWS_ACCOUNT]), sent)
    assert answer.status_code == 400
    assert "Wait for it" in answer.content.decode() or "Sync the account first" in answer.content.decode()
    assert AccountLink.objects.exists()


def test_assuming_the_role_is_all_that_switching_needs(client, home, linked, sign_in):
    """As in AWS; and an auditor does not sync."""
    dana = make_user(home, "dana", password=PASSWORD)
    InlinePolicy.objects.create(user=dana, policy_name="a", name_folded="a", document=AUDITOR)
    sign_in(client, dana)
    refused = {"role": "IamConsoleAdministrator"}
    assert client.post(reverse("users:switch-account", args=[AWS_ACCOUNT]), refused).status_code == 403
    assert post(client, "users:switch-account").status_code == 302
    assert client.session[ROLES] == {AWS_ACCOUNT: "IamConsoleAuditor"}
    assert Event.objects.get(action="sts:AssumeRole", outcome="allowed").principal_arn == dana.arn
    assert "wilma" in client.get(reverse("users:list")).content.decode()
    assert post(client, "users:sync-account").status_code == 403
    assert post(client, "users:unlink-account", confirm=AWS_ACCOUNT).status_code == 403


def test_the_copied_policies_are_enough(as_alice, alice, linked, aws, front):
    """Every action a sync asks is in the first policy, every change the console makes in the second."""
    aws.create_access_key(UserName="wilma")
    aws.create_login_profile(UserName="wilma", Password="Abcdefg-1-xyz")
    sync(alice)
    assert {f"iam:{action}" for action in front.asked} <= set(link_policies.READ)
    at_aws = {
        operation.action
        for operation in all_operations().values()
        if operation.changes and not operation.console_only and operation.name != "GenerateCredentialReport"
    }
    # An operation of this console's own may ask AWS for another: what it needs there is among the others.
    at_aws = {action for action in at_aws if action.startswith("iam:")}
    # A person's own password is set by UpdateLoginProfile (credentials.passwords.operations.login_profiles).
    asked_alone = {"iam:ListPolicyTags", "iam:ListServerCertificateTags"}
    assert set(link_policies.manage()) == at_aws - {"iam:ChangePassword"} | asked_alone


def test_the_document_names_every_action(settings):
    text = (settings.BASE_DIR / "docs" / "link-aws.md").read_text()
    rows = [link_policies.row_of(*need) for need in link_policies.all_needs().items()]
    assert [row for row in rows if row not in text] == [], "Write these rows into docs/link-aws.md."
    written = re.findall(r"^\| `([a-z]+:\w+)` \|", text, re.MULTILINE)
    needs = [*link_policies.all_needs(), *link_policies.ORGANIZATION, *link_policies.ROOTS]
    assert sorted(written) == sorted(needs), "It names each once, and no other."
    assert link_policies.policy(link_policies.manage()) in text
    assert link_policies.policy(link_policies.READ) in text
    assert link_policies.policy(link_policies.READ) in (settings.BASE_DIR / "README.md").read_text()


def test_pages_about_permissions_say_what_is_not_considered(as_alice, alice, linked, aws):
    aws.create_group(GroupName="staff")
    sync(alice)
    as_alice.post(reverse("users:switch-account", args=[AWS_ACCOUNT]))
    wilma, staff = User.objects.get(user_name="wilma"), Group.objects.get(group_name="staff")
    pages = [
        reverse("users:simulator"),
        *(reverse(name, args=[wilma.user_id]) for name in ("users:user", "users:user-access")),
        *(
            reverse(name, args=[wilma.user_id])
            for name in ("users:user-groups", "users:permissions-boundary")
        ),
        reverse("users:group-permissions", args=[staff.group_id]),
    ]
    said = "Service control policies and resource control policies"
    assert [
        page for page in pages if said not in as_alice.get(f"/{AWS_ACCOUNT}{page}").content.decode()
    ] == []
    home = alice.account.account_id
    assert said not in as_alice.get(f"/{home}{reverse('users:simulator')}").content.decode(), "we have none"
