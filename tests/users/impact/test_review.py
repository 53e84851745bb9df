"""Before a permission changes: who gains and who loses what, on a page that answers a GET."""

import json
import re
from html import unescape

import pytest

from iamconsole import jobs
from iamconsole.models import Event, Job
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_user
from tests.credentials.wizard import to_review
from tests.sessions import sign_in
from users.callers.mfa_requirement import TEXT as DENY_WITHOUT_MFA
from users.callers.own_access import OWN_ACCESS
from users.models import Group, GroupMembership, InlinePolicy, ManagedPolicy, PolicyAttachment

pytestmark = pytest.mark.django_db
READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
OWN = "arn:aws:iam::100000000001:policy/own"


def document(*statements) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **condition):
    more = {"Condition": condition} if condition else {}
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action, **condition):
    return {**allow(action, **condition), "Effect": "Deny"}


def text_of(answer) -> str:
    """The words of the page without its markup."""
    main = answer.content.decode().partition("<main")[2]
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)))


@pytest.fixture
def admin(client, home, alice):
    make_user(home, "dora", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    sign_in(client, alice, PASSWORD)
    return client


def own_policy(home, text) -> ManagedPolicy:
    policy = ManagedPolicy.objects.create(account=home, arn=OWN, policy_name="own", document=text)
    policy.versions.create(number=1, document=text)
    return policy


def confirmed(client, page, **more):
    """Send the form of the page, as a browser would."""
    html = page.content.decode().partition("<main")[2]
    form = html[html.index("<form") : html.index("</form>")]
    action = re.search(r'action="([^"]*)"', form)[1]
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    sent = {}
    for name, value in fields:
        sent.setdefault(name, []).append(unescape(value))
    return client.post(unescape(action) or page.request["PATH_INFO"], {**sent, **more})


def test_attaching_shows_what_is_gained_and_then_attaches(admin, home, bob):
    url = f"/users/{bob.user_id}/policies/attach/"
    asked = admin.post(url, {"go": "review", "pick": [ADMINISTRATOR_ACCESS]})
    assert asked.status_code == 302
    assert "/policies/review/" in asked["Location"]
    page = admin.get(asked["Location"])
    text = text_of(page)
    assert "1 user gains access." in text
    assert "All services" in text
    assert "Gains all" in text
    assert "Permissions management" in text
    assert "Session policies" in text
    assert not PolicyAttachment.objects.filter(user=bob).exists()
    assert text_of(admin.get(asked["Location"])) == text  # Reload and Back
    assert confirmed(admin, page)["Location"].endswith(f"/users/{bob.user_id}/")
    assert PolicyAttachment.objects.get(user=bob).policy.arn == ADMINISTRATOR_ACCESS


def test_people_with_the_same_are_one_and_what_others_have_elsewhere_is_not_lost(admin, home, bob):
    group = Group.objects.create(account=home, group_name="crew", name_folded="crew", group_id="AGPACREW")
    PolicyAttachment.objects.create(group=group, policy=ManagedPolicy.objects.get(arn=READ_ONLY))
    for name in ("eve", "fay", "gil"):
        GroupMembership.objects.create(group=group, user=make_user(home, name))
    keeper = make_user(home, "kim", policies=(READ_ONLY,))
    GroupMembership.objects.create(group=group, user=keeper)
    page = admin.get(f"/groups/{group.group_id}/permissions/", {"detach": READ_ONLY})
    text = text_of(page)
    assert "3 users lose access. Nothing changes for 1 user." in text
    assert re.search(r"eve\s*,\s*fay\s*,\s*gil", text)
    assert "kim" not in text
    assert "Loses all" in text
    assert confirmed(admin, page).status_code == 302
    assert not group.policy_attachments.exists()


def test_a_change_of_a_policy_concerns_everybody_who_has_it_or_is_bounded_by_it(admin, home, bob):
    policy = own_policy(home, document(allow("s3:*"), allow("sqs:*")))
    PolicyAttachment.objects.create(user=bob, policy=policy)
    bounded = make_user(home, "bea", policies=(ADMINISTRATOR_ACCESS,))
    bounded.permissions_boundary = policy
    bounded.save()
    new = document(allow("s3:*", "arn:aws:s3:::logs/*"), allow("ec2:*"), deny("dynamodb:*"))
    sent = {"document": new, "default": "v1", "set_as_default": "on", "go": "review"}
    page = admin.get(admin.post(f"/policies/{policy.pk}/edit/", sent)["Location"])
    text = text_of(page)
    assert "2 users gain some access and lose some." in text
    assert "The new document gives more in one place and less in another." in text
    assert "Allows, and did not before" in text
    assert "Denies, whatever other policies allow" in text
    assert "dynamodb:" in text
    assert re.search(r"bea.*bob|bob.*bea", text)
    assert "Loses part of all" in text  # of S3
    assert policy.versions.count() == 1
    assert confirmed(admin, page).status_code == 302
    assert policy.versions.count() == 2
    back = admin.get(f"/policies/{policy.pk}/versions/default/", {"version_id": "v1"})
    assert "2 users gain some access and lose some." in text_of(back)


def test_conditions_about_people_are_decided_and_others_are_named(admin, home, bob):
    eve = make_user(home, "eve")
    eve.tags = {"team": "red"}
    eve.save()
    group = Group.objects.create(account=home, group_name="crew", name_folded="crew", group_id="AGPACREW")
    for user in (bob, eve):
        GroupMembership.objects.create(group=group, user=user)
    url = f"/groups/{group.group_id}/inline/create/"

    def asked(text) -> str:
        sent = {"policy_name": "p", "document": text, "go": "review"}
        return text_of(admin.get(admin.post(url, sent)["Location"]))

    red = asked(document(allow("s3:*", StringEquals={"aws:PrincipalTag/team": "red"})))
    assert "1 user gains access. Nothing changes for 1 user." in red
    assert "in part" not in red.partition("In part:")[0]
    home_only = asked(document(allow("s3:*", IpAddress={"aws:SourceIp": "198.51.100.0/24"})))
    assert "2 users gain access." in home_only
    assert "Gains all, in part" in home_only
    assert "2 users gain access." in asked(document(allow("newservice:Frobnicate")))
    assert "2 users gain access." in asked(document(allow("iamconsole:LinkAccount")))
    assert "Nobody gains or loses an action that is known here." in asked(document(deny("s3:*")))


def test_own_access_is_on_the_page_and_its_box_is_asked_for(admin, home, alice):
    policy = own_policy(home, DENY_WITHOUT_MFA)
    asked = admin.post(f"/users/{alice.user_id}/policies/attach/", {"go": "review", "pick": policy.arn})
    page = admin.get(asked["Location"])
    assert "This takes your own access from the next request on." in text_of(page)
    assert "1 user loses access." in text_of(page)
    assert confirmed(admin, page).status_code == 409
    assert not policy.attachments.exists()
    assert confirmed(admin, page, confirmed=["", OWN_ACCESS]).status_code == 302
    assert policy.attachments.exists()
    assert Event.objects.filter(action="iam:AttachUserPolicy", outcome="allowed").exists()


def test_one_click_changes_have_their_page_at_their_own_address(admin, home, alice, bob):
    group = Group.objects.create(account=home, group_name="crew", name_folded="crew", group_id="AGPACREW")
    PolicyAttachment.objects.create(group=group, policy=ManagedPolicy.objects.get(arn=READ_ONLY))
    GroupMembership.objects.create(group=group, user=bob)
    InlinePolicy.objects.create(
        user=bob, policy_name="in", name_folded="in", document=document(allow("s3:Get*"))
    )
    inline = bob.inline_policies.get()
    pages = {
        f"/groups/{group.group_id}/users/remove/?user_name=bob": "Loses all",
        f"/users/{bob.user_id}/groups/remove/?group_name=crew": "Loses all",
        f"/users/{bob.user_id}/inline/{inline.pk}/delete/": "1 user loses access.",
        f"/groups/{group.group_id}/delete/": "1 user loses access.",
        f"/groups/{group.group_id}/mfa/?required=yes": "1 user loses access.",
        "/account/mfa/?required=yes": "This takes your own access",
    }
    for url, words in pages.items():
        page = admin.get(url)
        assert page.status_code == 200, url
        assert words in text_of(page), url
    page = admin.get(f"/users/{bob.user_id}/groups/remove/?group_name=crew")
    assert confirmed(admin, page).status_code == 302
    assert not bob.groups.exists()


def test_names_and_effects_are_shown_to_those_who_may_know_them(client, home, alice, bob):
    InlinePolicy.objects.create(
        user=bob, policy_name="p", name_folded="p", document=document(allow(["iam:AttachUserPolicy"]))
    )
    sign_in(client, bob, PASSWORD)
    url = f"/users/{alice.user_id}/policies/attach/"
    page = client.get(client.post(url, {"go": "review", "pick": READ_ONLY})["Location"])
    assert "To see this you need iam:SimulatePrincipalPolicy" in text_of(page)
    assert "Gains" not in text_of(page)


def test_what_is_too_much_for_a_page_is_worked_out_by_a_job(admin, home, bob, monkeypatch):
    monkeypatch.setattr("users.impact.effects.PAGE_STEPS", 50)
    url = f"/users/{bob.user_id}/policies/attach/"
    page = admin.get(admin.post(url, {"go": "review", "pick": READ_ONLY})["Location"])
    assert "Not worked out: this is too much for a page." in text_of(page)
    question = re.search(r'name="question" value="([^"]+)"', page.content.decode())[1]
    assert admin.post("/policies/review/job/", {"question": question + "x"}).status_code == 400
    started = admin.post("/policies/review/job/", {"question": question})
    jobs.run(str(Job.objects.get(kind="permission-impact").id))
    text = text_of(admin.get(started["Location"]))
    assert "1 user gains access." in text
    assert "bob" in text
    assert not PolicyAttachment.objects.filter(user=bob).exists()


def test_a_new_user_a_deleted_one_and_a_policy_that_nobody_has(admin, home, bob):
    policy = own_policy(
        home, document(allow("s3:*"), allow("sqs:*", StringEquals={"aws:PrincipalTag/a": "b"}))
    )
    assert "so nobody gains or loses anything" in text_of(admin.get(f"/policies/{policy.pk}/delete/"))
    PolicyAttachment.objects.create(user=bob, policy=policy)
    text = text_of(admin.get(f"/users/{bob.user_id}/delete/"))
    assert "1 user loses access." in text
    assert "Simple Queue Service" not in text.partition("Loses")[0]  # its condition is not met
    assert "Detach it from its users and groups" in text_of(admin.get(f"/policies/{policy.pk}/delete/"))
    review = to_review(admin, "nina\nolaf", access_key="on", picks={"policies": [OWN]})
    text = text_of(admin.get(review))
    assert "2 users gain access." in text
    assert re.search(r"nina\s*,\s*olaf", text)
