"""Where people are told to sign in: at AWS in a linked account, and here only where that works."""

import pytest
from django.core import mail

from credentials import summary
from credentials.models import VirtualMFADevice
from credentials.notices import mails
from iamconsole.operations import execute
from tests.cast import PASSWORD, make_account, make_user
from tests.sync.conftest import AWS_ACCOUNT, as_administrator, aws, linked, moto_url, sync  # noqa: F401
from users.models import Account, User

pytestmark = pytest.mark.django_db(transaction=True)
AT_AWS = f"https://{AWS_ACCOUNT}.signin.aws.amazon.com/console"
HERE = f"http://localhost:8000/signin/?account={AWS_ACCOUNT}"
ALIAS = "https://contoso.signin.aws.amazon.com/console"


def has(page: str, *texts: str) -> None:
    missing = [text for text in texts if text not in page]
    assert not missing, missing


def lacks(page: str, *texts: str) -> None:
    assert not [text for text in texts if text in page]


def test_users_of_a_linked_account_are_sent_to_aws(client, alice, linked, aws, sign_in):  # noqa: F811
    sign_in(client, alice)
    client.post(f"/accounts/{AWS_ACCOUNT}/switch/", {"role": "IamConsoleAdministrator"})
    wilma = User.objects.get(user_name="wilma")
    user_page, access = (
        f"/users/{wilma.user_id}/security-credentials/",
        f"/users/{wilma.user_id}/console-access/",
    )

    def text(url: str) -> str:
        return client.get(url).content.decode()

    for url in ("/", "/account/"):
        has(text(url), AT_AWS, "AWS Management Console")
        lacks(text(url), HERE, "This console<")
    lacks(text(user_page), AT_AWS, HERE)

    aws.create_login_profile(UserName="wilma", Password=PASSWORD)
    sync(alice)
    has(text(user_page), AT_AWS)
    lacks(text(user_page), HERE)

    chosen = {"do": "reset", "password_kind": "custom", "password": "a-Horse-of-9-colors"}
    made = client.post(access, chosen, follow=True)
    shown = made.content.decode()
    has(shown, AT_AWS, HERE, "Sign-in URL of AWS Management Console", "Sign-in URL of This console")
    secret = made.redirect_chain[-1][0]
    file = {"token": made.context["token"], "user_name": "wilma", "file": "credentials"}
    saved = client.post(f"{secret}csv/", file).content.decode("utf-8-sig")
    assert saved.splitlines()[0] == "User name,Password,Console sign-in URL,Sign-in URL of this console"
    assert saved.splitlines()[1] == f"wilma,a-Horse-of-9-colors,{AT_AWS},{HERE}"
    for url in ("/", "/account/", user_page):
        has(text(url), AT_AWS, HERE, "AWS Management Console", "This console")

    Account.objects.filter(account_id=AWS_ACCOUNT).update(alias="contoso")
    has(text("/"), ALIAS, "/signin/?account=contoso")
    has(
        text("/account/alias/"),
        f"Bookmarks of {ALIAS} stop working",
        "https://alias.signin.aws.amazon.com/console",
    )

    VirtualMFADevice.objects.create(
        account=wilma.account, user=wilma, serial_number=f"arn:aws:iam::{AWS_ACCOUNT}:mfa/w", confirmed=True
    )
    wilma.refresh_from_db()
    summary.refresh(wilma)
    lacks(text(user_page), "/signin/?account=contoso")


def test_other_partitions_imports_and_people_without_a_password(client, home, alice, sign_in):
    china = make_account("200000000002", kind=Account.Kind.IMPORTED, partition="aws-cn")
    gov = make_account("300000000003", kind=Account.Kind.IMPORTED, partition="aws-us-gov", alias="agency")
    secret = make_account("400000000004", kind=Account.Kind.IMPORTED, partition="aws-iso")
    sign_in(client, alice)
    for account, url in (
        (china, "https://200000000002.signin.amazonaws.cn/console"),
        (gov, "https://agency.signin.amazonaws-us-gov.com/console"),
        (secret, "Not known for this partition of AWS."),
    ):
        vera, walt = (
            make_user(account, name, password=word) for name, word in (("vera", PASSWORD), ("walt", ""))
        )
        client.account_id = ""
        client.post(f"/accounts/{account.account_id}/switch/", {"role": "IamConsoleAuditor"})
        for page in ("/", f"/users/{vera.user_id}/security-credentials/"):
            text = client.get(page).content.decode()
            has(text, url, "AWS Management Console")
            lacks(text, "/signin/?account=")
        lacks(client.get(f"/users/{walt.user_id}/security-credentials/").content.decode(), url)


def test_a_mail_says_where_its_reader_can_sign_in(alice, linked, aws):  # noqa: F811
    aws.create_login_profile(UserName="wilma", Password=PASSWORD)
    sync(alice)
    User.objects.filter(user_name="wilma").update(email="wilma@example.com")
    ours = as_administrator(alice)
    execute(ours, "CreateAccessKey", UserName="wilma")
    mails.sweep()
    execute(ours, "UpdateLoginProfile", UserName="wilma", Password="a-Horse-of-9-colors")
    mails.sweep()
    execute(ours, "DeleteLoginProfile", UserName="wilma")
    execute(ours, "CreateAccessKey", UserName="wilma")
    mails.sweep()
    said = ["at AWS" if AT_AWS in one.body else "here" if "/me/" in one.body else "no" for one in mail.outbox]
    assert said == ["at AWS", "here", "no"]
