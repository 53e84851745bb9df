"""ARNs are taken apart and put together without loss, and nothing impossible is put together."""

import pytest

from iamconsole import arn
from iamconsole.arn import Arns

ACCOUNT = "123456789012"


@pytest.mark.parametrize(
    ("made", "text"),
    [
        pytest.param(
            Arns("aws", ACCOUNT).user("/", "JohnDoe"), "arn:aws:iam::123456789012:user/JohnDoe", id="user"
        ),
        pytest.param(
            Arns("aws", ACCOUNT).user("/division_abc/sub/", "JaneDoe"),
            "arn:aws:iam::123456789012:user/division_abc/sub/JaneDoe",
            id="user-with-path",
        ),
        pytest.param(
            Arns("aws-cn", ACCOUNT).group("/", "Devs"),
            "arn:aws-cn:iam::123456789012:group/Devs",
            id="partition",
        ),
        pytest.param(
            Arns("aws", ACCOUNT).policy("/a//b/", "P"),
            "arn:aws:iam::123456789012:policy/a//b/P",
            id="doubled-slash",
        ),
        pytest.param(
            Arns("aws", ACCOUNT).aws_policy("ViewOnlyAccess", "/job-function/"),
            "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
            id="aws-managed",
        ),
        pytest.param(Arns("aws", ACCOUNT).mfa("/", "phone"), "arn:aws:iam::123456789012:mfa/phone", id="mfa"),
        pytest.param(Arns("aws", ACCOUNT).root, "arn:aws:iam::123456789012:root", id="root"),
        pytest.param(
            Arns("aws", ACCOUNT).role("Auditor"), "arn:aws:iam::123456789012:role/Auditor", id="role"
        ),
        pytest.param(
            Arns("aws", ACCOUNT).assumed_role("Auditor", "alice"),
            "arn:aws:sts::123456789012:assumed-role/Auditor/alice",
            id="role-session",
        ),
    ],
)
def test_what_is_put_together_can_be_taken_apart(made, text):
    assert made == text
    assert str(arn.Arn.parse(text)) == text


def test_the_resource_keeps_its_colons():
    parsed = arn.Arn.parse("arn:aws:logs:eu-central-1:123456789012:log-group:a:b")
    assert (parsed.region, parsed.account_id, parsed.resource) == ("eu-central-1", ACCOUNT, "log-group:a:b")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("GAHT12345678", id="serial-number"),
        pytest.param("arn:aws:iam::123456789012", id="too-few-parts"),
        pytest.param("arn:aws:iam::123456789012:", id="no-resource"),
        pytest.param("ARN:aws:iam::123456789012:root", id="case"),
        pytest.param("arn:aws:iam::12345678901:root", id="short-account"),
        pytest.param("arn:aws:iam::١٢٣٤٥٦٧٨٩٠١٢:root", id="digits-of-another-script"),
        pytest.param("arn:*:iam::123456789012:root", id="wildcard"),
        pytest.param("arn:aws:iam::123456789012:root\n", id="line-end"),
        pytest.param("arn:aws:iam::123456789012:user/a\x00b", id="control-character"),
        pytest.param("arn:aws:iam::123456789012:user/" + "a" * 2048, id="too-long"),
    ],
)
def test_what_is_no_arn_is_refused(text):
    with pytest.raises(ValueError, match="is not an ARN"):
        arn.Arn.parse(text)


@pytest.mark.parametrize(
    ("account_id", "path", "name", "sentence"),
    [
        pytest.param("1234", "/", "bob", "An account ID has 12 digits", id="short-account"),
        pytest.param(ACCOUNT + "\n", "/", "bob", "An account ID has 12 digits", id="account-line-end"),
        pytest.param("aws", "/", "bob", "An account ID has 12 digits", id="users-are-never-of-aws"),
        pytest.param(ACCOUNT, "", "bob", "A path begins and ends", id="no-path"),
        pytest.param(ACCOUNT, "//", "bob", "A path begins and ends", id="empty-segment-alone"),
        pytest.param(ACCOUNT, "/staff", "bob", "A path begins and ends", id="open-path"),
        pytest.param(ACCOUNT, "/sta ff/", "bob", "A path begins and ends", id="space-in-path"),
        pytest.param(ACCOUNT, "/" + "a" * 511 + "/", "bob", "at most 512", id="long-path"),
        pytest.param(ACCOUNT, "/", "", "A name has letters", id="no-name"),
        pytest.param(ACCOUNT, "/", "../root", "A name has letters", id="slash-in-name"),
        pytest.param(ACCOUNT, "/", "Zoë", "A name has letters", id="name-beyond-ascii"),
    ],
)
def test_nothing_impossible_is_put_together(account_id, path, name, sentence):
    with pytest.raises(ValueError, match=sentence):
        Arns("aws", account_id).user(path, name)


def test_role_sessions_are_checked_too():
    with pytest.raises(ValueError, match="A name has letters"):
        Arns("aws", ACCOUNT).assumed_role("Auditor", "a/b")
    with pytest.raises(ValueError, match="12 digits"):
        Arns("aws", "root").root  # noqa: B018
