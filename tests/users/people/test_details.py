"""The pages around one user: groups, tags, boundary, name and path, activity, last accessed."""

import json

import pytest
from django.urls import reverse
from lxml import html

from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import ADMINISTRATOR_ACCESS
from users.models import ManagedPolicy, User

pytestmark = pytest.mark.django_db
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def url(name: str, user: User) -> str:
    return reverse(name if ":" in name else f"users:{name}", args=[user.user_id])


def again(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_join_and_leave_groups(as_alice, alice, bob, caller):
    ids = [
        execute(caller(alice), "CreateGroup", GroupName=name)["Group"]["GroupId"] for name in ("one", "two")
    ]
    answer = as_alice.post(url("add-user-to-groups", bob), {"pick": ids, "go": "save"}, follow=True)
    assert "bob was added to 2 groups." in answer.content.decode()
    as_alice.post(url("remove-user-from-group", bob), {"group_name": "one"})
    assert again(bob).group_names == "two"
    text = as_alice.get(url("add-user-to-groups", bob)).content.decode()
    assert "Choose one" in text
    assert "Choose two" not in text


def test_tags_are_saved_together(as_alice, bob):
    bob.tags = {"team": "web", "cost": "12"}
    bob.save()
    page = as_alice.get(url("user-tags", bob)).content.decode()
    assert 'value="web"' in page
    sent = {"key_0": "team", "value_0": "mobile", "key_1": "", "value_1": "", "key_2": "Owner", "value_2": ""}
    sent["was"] = json.dumps(bob.tags)
    as_alice.post(url("user-tags", bob), sent)
    assert again(bob).tags == {"team": "mobile", "Owner": ""}
    assert Event.objects.filter(action="iam:UntagUser", outcome="allowed").count() == 1


def test_a_button_takes_a_tag_off_and_saving_removes_it(as_alice, bob):
    bob.tags = {"team": "web", "cost": "12"}
    bob.save()
    typed = {"key_0": "team", "value_0": "web", "key_1": "cost", "value_1": "13", "key_2": "", "value_2": ""}
    typed["was"] = json.dumps(bob.tags)
    page = as_alice.post(url("user-tags", bob), {**typed, "remove": "0"})
    assert again(bob).tags == {"team": "web", "cost": "12"}
    assert "Nothing has changed yet." in page.content.decode()
    form = page.context["form"]
    left = {field.html_name: field.value() for line in form.lines() for field in line}
    assert left == {"key_0": "cost", "value_0": "13", "key_1": "", "value_1": ""}
    as_alice.post(url("user-tags", bob), {**left, "was": form["was"].value()})
    assert again(bob).tags == {"cost": "13"}
    first = html.fromstring(page.content).xpath("//main//form[@method='post']//button[@type='submit']")[0]
    assert first.get("name") is None  # what Enter presses saves, and removes nothing


def test_a_policy_of_the_user_leads_to_its_page_and_opens_in_a_row_of_its_own(as_alice, bob):
    as_alice.post(url("attach-user-policy", bob), {"pick": [READ_ONLY], "go": "save"})
    page = html.fromstring(as_alice.get(url("user", bob)).content)
    policy = ManagedPolicy.objects.get(arn=READ_ONLY)
    assert page.xpath("//td[contains(@class, 'is-name')]/a/@href") == [
        reverse("users:policy", args=[policy.pk])
    ]
    (row,) = page.xpath("//tr[@class='ui-unfolded']")
    assert row.xpath("./td/@colspan") == [str(len(page.xpath("//th")))]
    assert page.xpath("//summary/@aria-controls") == [row.get("id")]


def test_policies_to_choose_are_sorted_without_case_and_filtered_by_type(as_alice, bob, home):
    ManagedPolicy.objects.filter(arn=READ_ONLY).update(policy_name="aardvark")
    for picker in ("attach-user-policy", "permissions-boundary"):
        page = as_alice.get(url(picker, bob))
        names = [row.name for row in page.context["picking"].rows]
        assert names[0] == "aardvark"
        assert names == sorted(names, key=str.lower)
        kind = "radio" if picker == "permissions-boundary" else "checkbox"
        assert set(html.fromstring(page.content).xpath("//input[@name='pick']/@type")) == {kind}
        answer = as_alice.post(url(picker, bob), {"go": "kind:customer", "pick": [READ_ONLY]})
        assert answer.context["picking"].rows == []
        assert [row.value for row in answer.context["picking"].elsewhere] == [READ_ONLY]
        assert "No policies match" in answer.content.decode()


def test_two_people_at_once_do_not_undo_each_other(as_alice, bob):
    """Alice's page shows one tag; meanwhile somebody adds another and changes the first."""
    shown = {"team": "web"}
    bob.tags = {"team": "mobile", "cost": "12"}
    bob.save()
    sent = {"key_0": "team", "value_0": "web", "key_1": "owner", "value_1": "dora", "was": json.dumps(shown)}
    as_alice.post(url("user-tags", bob), sent)
    assert again(bob).tags == {"team": "mobile", "cost": "12", "owner": "dora"}


@pytest.mark.parametrize("was", ["", "{", "[]", '"x"', "null"])
def test_a_meddled_form_takes_no_tag_away(as_alice, bob, was):
    bob.tags = {"team": "web"}
    bob.save()
    as_alice.post(url("user-tags", bob), {"key_0": "a", "value_0": "b", "was": was})
    assert again(bob).tags == {"team": "web", "a": "b"}


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"key_0": "a", "value_0": "1", "key_1": "A", "value_1": "2"}, "is on two lines"),
        ({"key_0": "", "value_0": "alone"}, "Enter the key of this value"),
        ({"key_0": "aws:x", "value_0": "1"}, "reserved for AWS"),
        ({"key_0": "a<b>", "value_0": "1"}, "characters that a tag cannot have"),
        ({"key_0": "k" * 129, "value_0": "1"}, "Use at most 128"),
    ],
)
def test_bad_tags_are_said_and_change_nothing(as_alice, bob, sent, words):
    bob.tags = {"team": "web"}
    bob.save()
    assert words in as_alice.post(url("user-tags", bob), sent).content.decode()
    assert again(bob).tags == {"team": "web"}


def test_rename_says_what_depends_on_the_arn(as_alice, bob):
    assert bob.arn in as_alice.get(url("edit-user", bob)).content.decode()
    as_alice.post(url("edit-user", bob), {"user_name": "Robert", "path": "/eu/"})
    assert again(bob).arn == "arn:aws:iam::100000000001:user/eu/Robert"


@pytest.mark.parametrize(
    ("name", "path", "field", "words"),
    [
        ("alice", "/", "user_name", "User with name alice already exists."),
        ("ali ce", "/", "user_name", "regular expression pattern"),
        ("x" * 65, "/", "user_name", "at most 64 characters"),
        ("bob", "//", "path", "It must begin and end with /"),
    ],
)
def test_a_bad_name_is_said_at_its_field(as_alice, bob, name, path, field, words):
    answer = as_alice.post(url("edit-user", bob), {"user_name": name, "path": path})
    assert any(words in error for error in answer.context["form"].errors[field])
    assert again(bob).user_name == "bob"


def test_the_boundary_is_set_and_removed(as_alice, bob):
    as_alice.post(url("permissions-boundary", bob), {"pick": [READ_ONLY], "go": "save"})
    assert again(bob).permissions_boundary.arn == READ_ONLY
    both = {"pick": [READ_ONLY, ADMINISTRATOR_ACCESS], "go": "save"}
    assert "More than one policy" in as_alice.post(url("permissions-boundary", bob), both).content.decode()
    assert (
        "Current boundary: ReadOnlyAccess" in as_alice.get(url("permissions-boundary", bob)).content.decode()
    )
    as_alice.post(url("permissions-boundary", bob), {"go": "remove"})
    assert again(bob).permissions_boundary is None


def test_activity_tells_both_sides(as_alice, alice, bob, caller):
    execute(caller(alice), "TagUser", UserName="bob", Tags=[{"Key": "a", "Value": "b"}])
    Event.objects.create(
        account_id="100000000001", principal_arn=bob.arn, action="iam:GetUser", resource=bob.arn,
        outcome="allowed", channel="console",
    )  # fmt: skip

    def actions(**query) -> list[str]:
        return [event.action for event in as_alice.get(url("user-activity", bob), query).context["page"].rows]

    assert sorted(actions()) == ["iam:GetUser", "iam:TagUser"]
    assert actions(side="by") == ["iam:GetUser"]
    assert actions(side="about") == ["iam:TagUser"]


def test_last_accessed_lists_credentials_and_operations(as_alice, alice, bob, caller):
    key = execute(caller(alice), "CreateAccessKey", UserName="bob")["AccessKey"]["AccessKeyId"]
    text = as_alice.get(url("credentials:user-last-accessed", alice)).content.decode()
    assert "iam:CreateAccessKey" in text
    text = as_alice.get(url("credentials:user-last-accessed", bob)).content.decode()
    assert key in text
    assert "This user has done nothing through this console." in text
