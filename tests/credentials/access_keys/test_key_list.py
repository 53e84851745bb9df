"""The list of access keys: what its rows say, what narrows it, and that exactly the selected keys change."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from credentials import summary
from credentials.models import AccessKey
from iamconsole import jobs
from iamconsole.models import Event, Job
from reports.findings.evaluation import evaluate
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_account, make_user
from tests.client import Client
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)
LIST, CHANGE, BULK = (
    reverse(f"credentials:{name}") for name in ("access-keys", "change-access-keys", "bulk")
)


def give_key(user, name, days=0, used=None, active=True, **more) -> AccessKey:
    """An access key whose ID ends in ``name``, made and used so many days ago."""
    now = timezone.now()
    key = AccessKey.objects.create(
        user=user,
        slot=2 if user.access_keys.exists() else 1,
        access_key_id=f"AKIA{name.upper():X>16}",
        status="Active" if active else "Inactive",
        create_date=now - timedelta(days=days),
        last_used_date=None if used is None else now - timedelta(days=used),
        **more,
    )
    summary.refresh(user)
    return key


@pytest.fixture
def admin(client, alice, sign_in):
    return sign_in(client, alice)


@pytest.fixture
def keys(bob, charlie) -> dict[str, AccessKey]:
    """Bob replaces his old key by one of three days, and his old one has not been used for long; Charlie's
    old key is in use, and his other one is inactive.
    """
    return {
        "old": give_key(bob, "old", days=200, used=150),
        "new": give_key(bob, "new", days=3),
        "busy": give_key(charlie, "busy", days=120, used=2, last_used_service="s3", owner="Ops"),
        "off": give_key(charlie, "off", days=500, used=1, active=False),
    }


def shown(answer) -> list[str]:
    """The keys of the page, by the ends of their IDs."""
    found = re.findall(r'<span class="ui-mono">AKIAX*([A-Z0-9]+)</span>', answer.content.decode())
    return [name.lower() for name in found]


def ticked(answer) -> set[str]:
    boxes = re.findall(r'<input\s+type="checkbox"\s+name="key"[^>]*>', answer.content.decode())
    return {re.search(r"Select AKIAX*(\w+)", box)[1].lower() for box in boxes if " checked" in box}


def row(answer, name: str) -> list[str]:
    line = re.search(rf"<tr(?:(?!</tr>).)*>AKIAX*{name.upper()}<.*?</tr>", answer.content.decode(), re.S)[0]
    return [re.sub(r"<[^>]+>|\s+", " ", cell).strip() for cell in re.findall(r"<td.*?</td>", line, re.S)]


def states() -> dict[str, str]:
    return {key.label.lstrip("AKI").lstrip("X").lower(): key.status for key in AccessKey.objects.all()}


def choose(client, do: str, *chosen: AccessKey, query: str = "", **more) -> str:
    """Select keys in the list. The address of the page that confirms."""
    answer = client.post(CHANGE + query, {"do": do, "key": [key.pk for key in chosen], **more})
    assert answer.status_code == 302
    return answer.url


def confirm(client, url: str, word: str = ""):
    marked = client.get(url).context["selection"].seal  # the button sends it
    return client.post(url, {"marked": marked, "confirm": word})


def results() -> dict[str, tuple[str, str]]:
    """Run the newest job as a worker would. Result and message by the row's label."""
    job = Job.objects.first()
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert job.state == "done", job.error
    return {row.label: (row.state, row.message) for row in job.rows.all()}


def test_a_row_says_what_is_known_of_a_key(admin, bob, keys):
    bob.tags = {keys["old"].label: "Nightly export"}
    bob.save()
    page = admin.get(LIST)
    assert shown(page) == ["off", "old", "busy", "new"], "the oldest first"
    assert row(page, "old")[1:] == [
        "bob", keys["old"].label, "Active", "200 days", "150 days ago", "–", "–", "–", "Nightly export",
    ]  # fmt: skip
    assert row(page, "busy")[5:8] == ["2 days ago", "s3", "Ops"]
    # Within its grace period a key that was never used is grey: only what is over a limit has an icon.
    text = page.content.decode()
    assert row(page, "new")[4:6] == ["3 days", "Never"]
    assert text.count("ui-status-warning ui-hang") == 3, "two ages and a last use"
    AccessKey.objects.filter(pk=keys["new"].pk).update(create_date=timezone.now() - timedelta(days=15))
    assert admin.get(LIST).content.decode().count("ui-status-warning ui-hang") == 4
    assert "/access-keys/" in admin.get(reverse("users:list")).content.decode(), "in the side navigation"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=active&key_age=90", {"old", "busy"}),
        ("key_days=100-150", {"busy"}),
        ("used=never", {"new"}),
        ("used=yes&status=active", {"old", "busy"}),
        ("unused=90", {"old"}),
        ("owner=ops", {"busy"}),
        ("q=char", {"busy", "off"}),
        (f"q={'x' * 3}new", {"new"}),
        ("key_age=many", {"old", "new", "busy", "off"}),
    ],
)
def test_filters(admin, keys, query, found):
    assert set(shown(admin.get(f"{LIST}?{query}"))) == found


def test_the_view_as_a_file(admin, keys):
    url = reverse("credentials:export-access-keys", args=["exact"])
    text = b"".join(admin.get(f"{url}?status=active&sort=user").streaming_content).decode()
    found = list(csv.DictReader(io.StringIO(text)))
    assert [line["access_key_id"] for line in found] == [keys[name].label for name in ("old", "new", "busy")]
    assert (found[2]["last_used_service"], found[2]["owner"], found[2]["age_days"]) == ("s3", "Ops", "120")
    assert Event.objects.get(action="iamconsole:ExportAccessKeys").detail["Form"] == "exact"


def test_fifty_rows_ask_as_much_as_one(admin, home, keys):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert admin.get(f"{LIST}?status=active&select=old&size=100").status_code == 200
        return len(found)

    queries()
    few = queries()
    for number in range(50):
        give_key(make_user(home, f"user-{number}"), f"m{number}", days=100)
    assert queries() == few


def test_another_account_is_not_seen(admin, keys):
    other = give_key(make_user(make_account("222222222222"), "eve"), "eve", days=300)
    assert "eve" not in shown(admin.get(LIST))
    answer = admin.post(CHANGE, {"do": "deactivate", "key": [other.pk]})
    assert answer.url == LIST, "nothing was selected"


def test_who_may_not_list_keys(client, bob, sign_in, keys):
    assert sign_in(client, bob).get(LIST).status_code == 403
    assert client.post(CHANGE, {"do": "deactivate", "key": [keys["old"].pk]}).status_code == 403


def test_from_the_dashboard_the_old_keys_are_ticked_and_no_others(admin, keys):
    """Also where the address shows more than those; and once: sorting does not tick again."""
    evaluate([keys["old"].user.account])
    url = re.search(r'href="([^"]*select=old)"', admin.get("/").content.decode())[1].replace("&amp;", "&")
    page = admin.get(url)
    assert set(shown(page)) == ticked(page) == {"old", "busy"}
    wider = admin.get(f"{LIST}?select=old")
    assert len(shown(wider)) == 4
    assert ticked(wider) == {"old", "busy"}
    assert "select=old" not in page.content.decode()


def test_bulk_of_users_leads_to_their_old_keys(admin, bob, charlie, keys):
    """The replacement of three days is neither shown nor ticked, and nothing has changed."""
    answer = admin.post(BULK, {"do": "deactivate-keys", "user": [bob.pk]}, follow=True)
    assert set(shown(answer)) == ticked(answer) == {"old"}
    assert "1 selected user" in answer.content.decode()
    assert not Job.objects.exists()
    both = admin.post(BULK, {"do": "deactivate-keys", "user": [bob.pk, charlie.pk], "confirmed": "yes"})
    assert ticked(admin.get(both.url)) == {"old", "busy"}
    assert not Job.objects.exists()
    every = admin.post(f"{BULK}?key_age=90", {"do": "deactivate-keys", "all": "yes"}, follow=True)
    assert ticked(every) == {"old", "busy"}
    export = reverse("credentials:export-access-keys", args=["json"])
    query = answer.redirect_chain[0][0].partition("?")[2]
    lines = json.loads(b"".join(admin.get(f"{export}?{query}").streaming_content))
    assert [line["access_key_id"] for line in lines] == [keys["old"].label]


def test_the_selection_of_users_ends_with_the_job_that_it_led_to(admin, bob, keys):
    led = admin.post(BULK, {"do": "deactivate-keys", "user": [bob.pk]}).url
    sent = {"do": "deactivate", "key": [keys["old"].pk]}
    url = admin.post(f"{reverse('credentials:change-access-keys')}?{led.partition('?')[2]}", sent).url
    page = admin.get(confirm(admin, url).url)
    ended = [str(one) for one in page.context["messages"] if "selection-over" in one.tags]
    assert [name.partition(" in ")[0] for name in ended] == ["access keys", "users"]


def test_a_lost_selection_of_users_shows_no_key(admin, bob, keys):
    url = admin.post(BULK, {"do": "deactivate-keys", "user": [bob.pk]}).url
    wrong = re.sub(r"users=[0-9a-f-]+", "users=00000000-0000-4000-8000-000000000000", url)
    for address in (wrong, f"{LIST}?users=nonsense"):
        page = admin.get(address)
        assert shown(page) == []
        assert "This selection has expired" in page.content.decode()
    assert admin.post(
        CHANGE + wrong.partition("/access-keys/")[2], {"do": "deactivate", "all": "yes"}
    ).url.startswith(LIST)
    assert not Job.objects.exists()


def test_exactly_the_selected_keys_are_deactivated(admin, keys):
    url = choose(admin, "deactivate", keys["old"])
    page = admin.get(url).content.decode()
    assert keys["old"].label in page
    assert all(keys[name].label not in page for name in ("new", "busy", "off"))
    assert admin.get(url).content.decode().count(keys["old"].label) == page.count(keys["old"].label), "reload"
    assert not Job.objects.exists()
    answer = confirm(admin, url)
    assert answer.status_code == 302
    assert results() == {f"{keys['old'].label} of bob": ("done", "Deactivated.")}
    assert states() == {"old": "Inactive", "new": "Active", "busy": "Active", "off": "Inactive"}
    assert admin.get(url).url == answer.url, "going back leads to the result"
    assert Event.objects.filter(action="iam:UpdateAccessKey").count() == 1
    job_page = admin.get(answer.url).content.decode()
    assert keys["old"].label in job_page
    assert "Show access keys" in job_page
    # Its own result takes it back: this key, and no other.
    undo = reverse("undo-row", args=[Job.objects.get().id, 1])
    assert undo in job_page
    admin.post(undo)
    assert states() == {"old": "Active", "new": "Active", "busy": "Active", "off": "Inactive"}


def test_a_key_in_use_needs_a_typed_yes(admin, keys):
    url = choose(admin, "deactivate", keys["old"], keys["busy"])
    page = admin.get(url).content.decode()
    assert "1 access key may be in use" in page
    assert "Deactivate. Used in the last 7 days" in page
    for word in ("", "no"):
        answer = confirm(admin, url, word)
        assert answer.status_code == 400
        assert "Type yes to confirm." in answer.content.decode()
    assert not Job.objects.exists()
    assert confirm(admin, url, "yes").status_code == 302
    assert set(results().values()) == {("done", "Deactivated.")}


def test_a_yes_is_to_the_keys_that_were_shown(admin, keys):
    """A key that is used while its page is open is not among them."""
    url = choose(admin, "deactivate", keys["old"])
    marked = admin.get(url).context["selection"].seal
    AccessKey.objects.filter(pk=keys["old"].pk).update(last_used_date=timezone.now())
    for word in ("", "yes"):
        answer = admin.post(url, {"marked": marked, "confirm": word})
        assert answer.status_code == 400
    assert "has changed since you opened this page" in answer.content.decode()
    assert not Job.objects.exists()


def test_what_has_changed_since_is_said_in_the_result(admin, bob, keys):
    url = choose(admin, "deactivate", keys["old"], keys["new"], keys["off"])
    admin.get(url)
    keys["new"].delete()
    assert confirm(admin, url).status_code == 302
    AccessKey.objects.filter(pk=keys["old"].pk).update(status="Inactive")
    assert results() == {
        f"{keys['old'].label} of bob": ("failed", "It is already inactive. Nothing was changed."),
        f"{keys['off'].label} of charlie": ("failed", "It is already inactive. Nothing was changed."),
        keys["new"].label: ("failed", "This access key no longer exists. Nothing was changed."),
    }


def test_activating_and_deleting(admin, keys):
    confirm(admin, choose(admin, "activate", keys["off"], keys["old"]))
    assert set(results().values()) == {
        ("done", "Activated."),
        ("failed", "It is already active. Nothing was changed."),
    }
    AccessKey.objects.filter(pk=keys["off"].pk).update(status="Inactive")
    url = choose(admin, "delete", keys["off"], keys["old"])
    assert confirm(admin, url, "yes").status_code == 400, "a deletion asks for its own word"
    assert confirm(admin, url, "delete").status_code == 302
    assert results()[f"{keys['off'].label} of charlie"] == ("done", "Deleted.")
    assert states() == {"old": "Active", "new": "Active", "busy": "Active"}, "an active key stays"
    nothing = choose(admin, "delete", keys["old"])
    assert confirm(admin, nothing, "delete").status_code == 400


def test_all_that_match_are_those_of_the_filter(admin, keys):
    url = choose(admin, "deactivate", query="?status=active&key_age=90", all="yes")
    page = admin.get(url).content.decode()
    assert "Deactivate 2 access keys?" in page
    confirm(admin, url, "yes")
    results()
    assert states() == {"old": "Inactive", "new": "Active", "busy": "Inactive", "off": "Inactive"}


def test_another_persons_choice_is_not_found(admin, home, keys, sign_in):
    url = choose(admin, "deactivate", keys["old"])
    dora = make_user(home, "dora", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    answer = sign_in(Client(), dora).get(url)
    assert keys["old"].label not in answer.content.decode()
    assert answer.status_code == 404


def test_the_keys_of_a_namesake_are_left(admin, bob, keys):
    """A key is known by its ID: whoever has the name by now has other keys."""
    url = choose(admin, "deactivate", keys["old"])
    confirm(admin, url)
    User.objects.filter(pk=bob.pk).update(user_name="robert", name_folded="robert")
    namesake = make_user(bob.account, "bobby")
    User.objects.filter(pk=namesake.pk).update(user_name="bob", name_folded="bob")
    other = give_key(namesake, "namesake", days=300)
    results()
    other.refresh_from_db()
    assert other.status == "Active"
    assert states()["old"] == "Inactive"
