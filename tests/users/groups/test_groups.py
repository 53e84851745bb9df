"""Groups in the browser: list, create, members, policies, rename, delete."""

import pytest
from django.urls import reverse

from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import make_account, make_user
from users.models import Group, PolicyAttachment, User

pytestmark = pytest.mark.django_db
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


@pytest.fixture
def staff(alice, caller):
    execute(caller(alice), "CreateGroup", GroupName="Staff")
    return Group.objects.get()


def url(name: str, group: Group | None = None) -> str:
    return reverse(f"users:{name}", args=[group.group_id] if group else [])


def members(group: Group) -> set[str]:
    return set(group.users.values_list("user_name", flat=True))


def test_an_account_without_groups_says_what_they_are_for(as_alice):
    text = as_alice.get(url("groups")).content.decode()
    assert "No groups" in text
    assert url("create-group") in text


def test_create_and_see(as_alice, bob):
    answer = as_alice.post(url("create-group"), {"group_name": "Staff", "path": "/eu/"}, follow=True)
    group = Group.objects.get()
    assert group.arn == "arn:aws:iam::100000000001:group/eu/Staff"
    assert "Group Staff was created" in answer.content.decode()
    assert "No users in this group" in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "path", "field", "words"),
    [
        ("", "/", "group_name", "Enter the group name."),
        ("has space", "/", "group_name", "regular expression pattern"),
        ("Ünïcode", "/", "group_name", "regular expression pattern"),
        ("x" * 129, "/", "group_name", "at most 128 characters"),
        ("good", "no-slash", "path", "It must begin and end with /"),
        ("STAFF", "/", "group_name", "Group with name STAFF already exists."),
    ],
)
def test_bad_names_are_said_at_their_field(as_alice, staff, name, path, field, words):
    answer = as_alice.post(url("create-group"), {"group_name": name, "path": path})
    assert any(words in error for error in answer.context["form"].errors[field])
    assert Group.objects.count() == 1


def test_the_list_sorts_finds_and_counts(as_alice, alice, home, bob, caller):
    for name in ("beta", "Alpha", "gamma"):
        execute(caller(alice), "CreateGroup", GroupName=name)
    execute(caller(alice), "AddUserToGroup", GroupName="gamma", UserName="bob")

    def names(**query) -> list[str]:
        return [group.group_name for group in as_alice.get(url("groups"), query).context["page"]]

    assert names() == ["Alpha", "beta", "gamma"]
    assert names(sort="-users")[0] == "gamma"
    assert names(sort="nonsense") == ["Alpha", "beta", "gamma"]
    assert names(q="ET") == ["beta"]
    assert "No group name or path" in as_alice.get(url("groups"), {"q": "zzz"}).content.decode()


def test_as_many_queries_for_many_groups(as_alice, home):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            as_alice.get(url("groups"))
        return len(found)

    Group.objects.create(account=home, group_name="g0", name_folded="g0", group_id="AGPA0")
    as_alice.get(url("groups"))
    one = queries()
    Group.objects.bulk_create(
        Group(account=home, group_name=f"g{n}", name_folded=f"g{n}", group_id=f"AGPA{n}")
        for n in range(1, 25)
    )
    assert queries() == one


def test_ticks_stay_while_searching_and_paging(as_alice, home, staff):
    users = [make_user(home, f"user-{number:02}") for number in range(30)]
    page = url("add-group-users", staff)
    shown = [user.user_id for user in users[:25]]
    answer = as_alice.post(page, {"pick": [users[3].user_id], "shown": shown, "go": "page:2"})
    assert [row.name for row in answer.context["picking"].elsewhere] == ["user-03"]
    assert f'name="kept" value="{users[3].user_id}"' in answer.content.decode(), "seen, and can be unticked"
    assert members(staff) == set(), "looking around changes nothing"
    sent = {"kept": [users[3].user_id], "pick": [users[28].user_id], "shown": [users[28].user_id]}
    answer = as_alice.post(page, {**sent, "q": "user-28", "go": "search"})
    assert [row.name for row in answer.context["picking"].rows] == ["user-28"]
    answer = as_alice.post(page, {**sent, "go": "save"}, follow=True)
    assert members(staff) == {"user-03", "user-28"}
    assert "2 users added to Staff." in answer.content.decode()


def test_a_tick_taken_away_again(as_alice, staff, bob, charlie):
    page = url("add-group-users", staff)
    sent = {"kept": [bob.user_id, charlie.user_id], "shown": [bob.user_id], "pick": []}
    as_alice.post(page, {**sent, "go": "save"})
    assert members(staff) == {"charlie"}


def test_who_was_deleted_meanwhile_is_named_and_nobody_is_added(as_alice, staff, bob, charlie):
    gone = charlie.user_id
    charlie.delete()
    sent = {"pick": [bob.user_id, gone], "go": "save"}
    text = as_alice.post(url("add-group-users", staff), sent).content.decode()
    assert f"No longer available: {gone}" in text
    assert members(staff) == set()


def test_remove_a_member(as_alice, alice, staff, bob, caller):
    execute(caller(alice), "AddUserToGroup", GroupName="Staff", UserName="bob")
    assert "bob" in as_alice.get(url("group", staff)).content.decode()
    as_alice.post(url("remove-group-user", staff), {"user_name": "bob"})
    assert members(staff) == set()


def test_policies_of_a_group(as_alice, staff):
    as_alice.post(url("attach-group-policy", staff), {"pick": [READ_ONLY], "go": "save"})
    assert PolicyAttachment.objects.get(group=staff).policy.arn == READ_ONLY
    asked = as_alice.get(url("group-permissions", staff), {"detach": READ_ONLY}).content.decode()
    assert "Detach ReadOnlyAccess from Staff?" in asked
    as_alice.post(url("detach-group-policy", staff), {"policy_arn": READ_ONLY})
    assert not PolicyAttachment.objects.filter(group=staff).exists()


def test_rename(as_alice, staff):
    as_alice.post(url("edit-group", staff), {"group_name": "Crew", "path": "/eu/"})
    staff.refresh_from_db()
    assert (staff.group_name, staff.path) == ("Crew", "/eu/")


def test_delete_lists_everything_and_asks_for_the_name(as_alice, alice, staff, bob, caller):
    execute(caller(alice), "AddUserToGroup", GroupName="Staff", UserName="bob")
    execute(caller(alice), "AttachGroupPolicy", GroupName="Staff", PolicyArn=READ_ONLY)
    text = as_alice.get(url("delete-group", staff)).content.decode()
    assert "bob" in text
    assert "ReadOnlyAccess" in text
    as_alice.post(url("delete-group", staff), {"confirm": "staff"})
    assert Group.objects.exists(), "capital letters count"
    as_alice.post(url("delete-group", staff), {"confirm": "Staff"})
    assert not Group.objects.exists()
    assert User.objects.filter(pk=bob.pk).exists()
    done = Event.objects.filter(outcome="allowed").values_list("action", flat=True)
    assert {"iam:RemoveUserFromGroup", "iam:DetachGroupPolicy", "iam:DeleteGroup"} <= set(done)


def test_groups_of_other_accounts_are_not_there(as_alice):
    other = make_account("222222222222")
    group = Group.objects.create(account=other, group_name="x", name_folded="x", group_id="AGPAX")
    for name in ("group", "edit-group", "delete-group", "add-group-users", "group-permissions"):
        assert as_alice.get(url(name, group)).status_code == 404
