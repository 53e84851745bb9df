"""Many users at once: what is said before, the job with a result per row, and what may go wrong."""

import pytest
from django.urls import reverse

from credentials.bulk import job as bulk_job
from credentials.bulk.actions import ACTIONS
from credentials.models import AccessKey, LoginProfile
from iamconsole import jobs
from iamconsole.models import Event, Job, JobRow
from iamconsole.operations import execute
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, give_password, make_account, make_user
from tests.client import Client
from users.callers.build import starter_of
from users.models import Group, GroupMembership, ManagedPolicy, PolicyAttachment, User

pytestmark = pytest.mark.django_db(transaction=True)
BULK = reverse("credentials:bulk")


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def choose(client, do: str, users, query: str = "", **more) -> str:
    """Send the selection, as the list does: the address of the confirmation."""
    ids = {"user": [user.pk for user in users]} if users else {}
    return client.post(BULK + query, {"do": do, **ids, **more}).url


def look(client, do: str, users, query: str = "", **more) -> str:
    """The confirmation."""
    return client.get(choose(client, do, users, query, **more)).content.decode()


def send(client, do: str, users, **fields):
    """Choose and confirm."""
    return client.post(choose(client, do, users), fields)


def run(
    client, do: str, users, query: str = "", everybody: bool = False, **fields
) -> dict[str, tuple[str, str]]:
    """Confirm and run the job as a worker would. Result and message by user."""
    answer = client.post(choose(client, do, users, query, **({"all": "yes"} if everybody else {})), fields)
    assert answer.status_code == 302, answer.content.decode()
    job = Job.objects.get()
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert job.state == "done", job.error
    return {row.label: (row.state, row.message) for row in JobRow.objects.filter(job=job)}


def test_nothing_happens_before_it_is_confirmed(as_alice, bob, charlie):
    text = look(as_alice, "require-password-change", [bob, charlie])
    assert "Require a password change: 2 users" in text
    assert "bob" in text
    assert "charlie" in text
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "queued",
    [
        {"action": "deactivate-keys", "params": {}},
        {"action": "revoke-sessions", "params": {"deactivate_keys": True}},
    ],
)
def test_a_job_of_before_deactivates_no_key(as_alice, alice, bob, caller, queued):
    """Queued before an upgrade: every active key of its users was to go, seen or not."""
    execute(caller(alice), "CreateAccessKey", UserName="bob")
    job = bulk_job.start(
        caller(alice), starter_of(caller(alice)), ACTIONS["tag"], [bob], {"key": "team", "value": ""}
    )
    Job.objects.filter(pk=job.pk).update(args={**job.args, **queued})
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert job.state == "failed"
    assert "no longer deactivates access keys" in job.error
    assert AccessKey.objects.get().status == "Active"
    page = as_alice.get(reverse("job", args=[job.id])).content.decode()
    assert "no longer deactivates access keys" in page


def test_a_password_change_is_required(as_alice, bob, charlie):
    results = run(as_alice, "require-password-change", [bob, charlie])
    assert LoginProfile.objects.get(user=bob).password_reset_required
    assert results["charlie"] == ("done", "Nothing to do: the user has no console password.")


def test_to_a_group(as_alice, alice, bob, charlie, caller):
    execute(caller(alice), "CreateGroup", GroupName="Staff")
    assert "Choose the group." in send(as_alice, "add-to-group", [bob]).content.decode()
    policy = ManagedPolicy.objects.get(arn=ADMINISTRATOR_ACCESS)
    PolicyAttachment.objects.create(group=Group.objects.get(), policy=policy)
    review = as_alice.get(send(as_alice, "add-to-group", [bob, charlie], group="Staff", go="review").url)
    assert "2 users gain access." in review.content.decode()
    assert not GroupMembership.objects.exists()
    run(as_alice, "add-to-group", [bob, charlie], group="Staff")
    assert GroupMembership.objects.count() == 2


def test_tags_and_what_is_refused_is_a_result_of_its_row(as_alice, bob, charlie):
    charlie.tags = {f"k{number}": "" for number in range(50)}
    charlie.save()
    results = run(as_alice, "tag", [bob, charlie], key="team", value="web")
    assert results["bob"] == ("done", "")
    assert results["charlie"] == ("failed", "The number of tags has reached the maximum limit.")
    assert User.objects.get(pk=bob.pk).tags == {"team": "web"}


def test_deleting_asks_for_the_word(as_alice, alice, bob, charlie, caller):
    execute(caller(alice), "CreateAccessKey", UserName="charlie")
    text = send(as_alice, "delete", [bob, charlie]).content.decode()
    assert "Type delete to confirm." in text
    assert not Job.objects.exists()
    assert set(run(as_alice, "delete", [bob, charlie], confirm="delete").values()) == {("done", "")}
    assert not User.objects.filter(user_name__in=["bob", "charlie"]).exists()


def test_oneself_is_not_deleted(as_alice, alice, bob):
    results = run(as_alice, "delete", [alice, bob], confirm="delete")
    assert results["alice"][0] == "failed"
    assert "signed in with" in results["alice"][1]
    assert User.objects.filter(pk=alice.pk).exists()
    assert not User.objects.filter(pk=bob.pk).exists()


def test_deleting_all_administrators_together_is_asked_before_the_job(client, home, alice, bob, sign_in):
    """Each of them alone would leave the other."""
    dora = make_user(home, "dora", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    root = User.objects.root_of(home)
    give_password(root)
    sign_in(client, root)
    question = send(client, "delete", [alice, bob, dora], confirm="delete")
    assert question.status_code == 409
    assert "This account would have no administrator left" in question.content.decode()
    assert not Job.objects.exists()
    assert Event.objects.get(outcome="failed").action == "iam:DeleteLoginProfile"
    assert User.objects.filter(user_name__in=["alice", "bob", "dora"]).count() == 3
    results = run(client, "delete", [alice, bob, dora], confirm="delete", confirmed="last-administrator")
    assert set(results.values()) == {("done", "")}


def test_more_administrators_than_are_tried_are_asked_about_too(
    client, home, alice, bob, sign_in, monkeypatch
):
    monkeypatch.setattr(bulk_job, "MOST_TRIED", 1)
    dora = make_user(home, "dora", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    sign_in(client, User.objects.root_of(home))
    question = send(client, "delete", [alice, bob, dora], confirm="delete")
    assert question.status_code == 409
    assert not Job.objects.exists()
    results = run(client, "delete", [alice, bob, dora], confirm="delete", confirmed="last-administrator")
    assert set(results.values()) == {("done", "")}


def test_with_one_administrator_left_nothing_is_asked(client, home, alice, bob, sign_in):
    make_user(home, "dora", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    root = User.objects.root_of(home)
    give_password(root)
    results = run(sign_in(client, root), "delete", [alice, bob], confirm="delete")
    assert results == {"alice": ("done", ""), "bob": ("done", "")}


def test_a_question_that_comes_up_later_is_the_result_of_its_row(client, home, alice, bob, sign_in):
    dora = make_user(home, "dora", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    root = User.objects.root_of(home)
    give_password(root)
    send(sign_in(client, root), "delete", [alice, bob], confirm="delete")
    PolicyAttachment.objects.filter(user=dora).delete()
    job = Job.objects.get()
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert job.state == "done"
    rows = {row.label: row for row in job.rows.all()}
    assert rows["alice"].state == "failed"
    assert rows["alice"].message.endswith("Nobody confirmed this, so nothing was changed.")
    assert rows["bob"].state == "done"
    assert User.objects.filter(pk=alice.pk).exists()
    assert Event.objects.filter(action="iam:DeleteLoginProfile", outcome="failed").exists()


def test_who_was_deleted_meanwhile_is_said_and_the_rest_is_done(as_alice, bob, charlie):
    send(as_alice, "tag", [bob, charlie], key="a", value="b")
    bob_name = bob.user_name
    LoginProfile.objects.filter(user=bob).delete()
    bob.delete()
    job = Job.objects.get()
    jobs.run(str(job.id))
    rows = {row.label: row.message for row in job.rows.all()}
    assert rows[bob_name] == "The user has been deleted in the meantime."
    assert User.objects.get(pk=charlie.pk).tags == {"a": "b"}


def test_everything_is_authorized_before_anything_starts(client, home, bob, charlie, sign_in):
    from tests.cast import PASSWORD
    from users.models import InlinePolicy

    document = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:ListUsers","iam:TagUser"],'
        '"Resource":"*"},{"Effect":"Deny","Action":"iam:TagUser","Resource":"*user/charlie"}]}'
    )
    dora = make_user(home, "dora", password=PASSWORD)
    InlinePolicy.objects.create(user=dora, policy_name="p", name_folded="p", document=document)
    sign_in(client, dora)
    answer = send(client, "tag", [bob, charlie], key="a", value="b")
    assert "iam:TagUser on resource: user charlie with an explicit deny" in answer.content.decode()
    assert not Job.objects.exists()
    assert Event.objects.filter(outcome="denied").exists()


def test_a_permission_taken_away_meanwhile_is_refused_from_there_on(as_alice, alice, bob):
    send(as_alice, "tag", [bob], key="a", value="b")
    PolicyAttachment.objects.filter(user=alice).delete()
    job = Job.objects.get()
    jobs.run(str(job.id))
    assert job.rows.get().state == "failed"
    assert User.objects.get(pk=bob.pk).tags == {}


def test_a_run_that_takes_over_goes_on_after_the_rows_with_a_result(as_alice, bob, charlie):
    send(as_alice, "tag", [bob, charlie], key="a", value="b")
    job = Job.objects.get()
    job.rows.filter(label="bob").update(state="done", message="before")
    jobs.run(str(job.id))
    assert job.rows.get(label="bob").message == "before"
    assert User.objects.get(pk=bob.pk).tags == {}
    assert User.objects.get(pk=charlie.pk).tags == {"a": "b"}


def test_all_that_match_across_pages(as_alice, home):
    for number in range(40):
        make_user(home, f"robot-{number:02}")
    text = look(as_alice, "tag", [], query="?q=robot", all="yes")
    assert "Tag users: 40 users" in text


def test_users_of_other_accounts_are_not_meant(as_alice, bob):
    stranger = make_user(make_account("222222222222"), "stranger")
    text = look(as_alice, "tag", [bob, stranger])
    assert "Tag users: 1 user" in text
    assert "stranger" not in text


@pytest.mark.parametrize(
    "sent", [{}, {"do": "tag"}, {"do": "nonsense", "user": ["1"]}, {"do": "tag", "user": ["x", "9" * 30]}]
)
def test_nobody_ticked_is_said(as_alice, sent):
    answer = as_alice.post(BULK, sent, follow=True)
    assert "Select users in the list" in answer.content.decode()


def test_ten_thousand_ticks_are_a_form(as_alice, bob):
    nobodys = bob.pk + 1_000
    ids = [str(number) for number in range(nobodys, nobodys + 9_998)] + [str(bob.pk)]
    answer = as_alice.post(BULK, {"do": "tag", "user": ids}, follow=True)
    assert "Tag users: 1 user" in answer.content.decode()


def test_the_job_page_shows_a_result_per_row(as_alice, bob, charlie):
    run(as_alice, "require-password-change", [bob, charlie])
    job = Job.objects.get()
    text = as_alice.get(reverse("job", args=[job.id])).content.decode()
    assert "no console password." in text
    assert "bob" in text
    assert (
        "No console password."
        not in as_alice.get(reverse("job", args=[job.id]), {"state": "failed"}).content.decode()
    )


def test_all_that_match_must_change_their_passwords(as_alice, alice, home, sign_in):
    """Each with a row of its own; open sessions are asked as well, and what does not match is left alone."""
    people = [make_user(home, f"dora{number:03}", password=PASSWORD) for number in range(60)]
    program = make_user(home, "dora-program")
    other = make_user(home, "erin", password=PASSWORD)
    session = sign_in(Client(), people[0])
    results = run(as_alice, "require-password-change", [], query="?q=dora", everybody=True)
    assert len(results) == 61
    assert {results[user.user_name] for user in people} == {("done", "")}
    assert results[program.user_name] == ("done", "Nothing to do: the user has no console password.")
    assert LoginProfile.objects.filter(password_reset_required=True).count() == 60
    assert session.get("/me/").url == reverse("credentials:new-password")
    assert sign_in(Client(), other).get("/me/").status_code == 200
