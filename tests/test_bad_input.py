"""Text in 64 kinds of Unicode, in every field and every address: a sentence and nothing done, never a crash."""

import json
from urllib.parse import quote

import pytest
from django.urls import reverse

from iamconsole.models import Event
from tests.client import Client
from users.models import Group, User

# The ends of the language: invisible, reversing, combining, wide, private, beyond the first plane,
# what databases refuse, and what looks like another letter.
KINDS = [
    "\x00", "\x01", "\x07", "\x08", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\xa0", "\xad", "\xb5", "\xdf",
    "é", "e\u0301", "ı", "İ", "ĸ", "ſ", "ŉ", "ǆ", "\u0300", "\u034f", "\u037e", "а", "ѐ", "ԁ", "א", "ع",
    "ज", "ง", "\u115f", "\u17b4", "\u180e", "ẞ", "\u2002", "\u200b", "\u200d", "\u200e", "\u202e", "\u2028",
    "\u2029", "\u2060", "\u2066", "₀", "№", "\u212a", "\u212b", "①", "\u3000", "一", "\u3164", "가", "\ue000", "ﬁ",
    "ﷺ", "\ufe0f", "\ufeff", "Ａ", "\uffa0", "\ufffd", "\uffff", "😀", "\U000e0001", "\U0010ffff",
]  # fmt: skip
PARTS = [KINDS[start : start + 17] for start in range(0, len(KINDS), 17)]
# Every field and every address many times: `make test-long`.
pytestmark = pytest.mark.long
EACH = pytest.mark.parametrize("signs", PARTS, ids=["first", "second", "third", "fourth"])


def test_there_are_64_kinds():
    assert len(set(KINDS)) >= 64


@pytest.fixture
def as_alice(sign_in, alice) -> Client:
    return sign_in(Client(), alice)


@pytest.fixture
def staff(home) -> Group:
    return Group.objects.create(account=home, group_name="staff", path="/", group_id="AGPASTAFF")


def complaint(answer) -> str:
    """What the form says is wrong; the page is shown again with what was typed."""
    assert answer.status_code in (200, 400), "the form was taken"
    errors = [text for texts in answer.context["form"].errors.values() for text in texts]
    assert errors
    assert all(len(text) > 10 for text in errors)
    return " ".join(errors)


@EACH
def test_names_paths_and_aliases(as_alice, bob, staff, signs):
    for sign in signs:
        text = f"a{sign}b"
        groups, users = reverse("users:create-group"), reverse("users:edit-user", args=[bob.user_id])
        complaint(as_alice.post(groups, {"group_name": text, "path": "/"}))
        complaint(as_alice.post(users, {"user_name": text, "path": "/staff/"}))
        complaint(as_alice.post(reverse("users:edit-group", args=[staff.group_id]), {"group_name": text}))
        complaint(as_alice.post(reverse("credentials:account-alias"), {"alias": f"abc{sign}d", "go": "save"}))
        assert Group.objects.get().group_name == "staff"
        bob.refresh_from_db()
        assert bob.user_name == "bob"


@EACH
def test_tags_are_kept_to_the_letter_or_refused(as_alice, bob, signs):
    for sign in signs:
        address = reverse("users:user-tags", args=[bob.user_id])
        sent = {"key_0": f"k{sign}k", "value_0": f"v{sign}v", "was": json.dumps({})}
        answer = as_alice.post(address, sent)
        bob.refresh_from_db()
        if answer.status_code == 302:
            assert bob.tags == {f"k{sign}k": f"v{sign}v"}
            assert as_alice.get(address).context["form"]["value_0"].value() == f"v{sign}v"
            User.objects.filter(pk=bob.pk).update(tags={})
        else:
            complaint(answer)
            assert bob.tags == {}


@EACH
def test_addresses_with_any_text(as_alice, bob, signs):
    for sign in signs:
        text = f"b{sign}"
        expected = 400 if sign == "\x00" else 200
        everything = dict.fromkeys(
            [
                "q",
                "sort",
                "page",
                "size",
                "access",
                "group",
                "tag",
                "mfa",
                "key",
                "key_age",
                "unused",
                "signed_in",
            ],
            text,
        )
        for name in (
            "users:list",
            "users:groups",
            "users:accounts",
            "reports:events",
            "reports:unused-credentials",
        ):
            assert as_alice.get(reverse(name), everything).status_code == expected, name
        exported = as_alice.get(reverse("users:export", args=["json"]), everything)
        assert exported.status_code == expected
        b"".join(exported.streaming_content if exported.streaming else exported)
        assert as_alice.get(f"/users/{quote(text)}x/").status_code in (301, 404, 400)


@EACH
def test_signing_in_with_any_text_is_one_answer(home, bob, signs):
    for sign in signs:
        url = reverse("credentials:sign-in")
        typed = {"account": f"north{sign}wind", "user_name": f"bob{sign}", "password": f"pass{sign}word"}
        answer = Client().post(url, typed)
        assert answer.status_code in (400, 401, 403, 429)
        assert "_auth_user_id" not in Client().session
        assert User.objects.filter(kind="user").count() == 1
        assert not Event.objects.filter(action="iamconsole:SignIn", outcome="allowed").exists()


@EACH
def test_a_form_with_any_text_in_every_field(as_alice, bob, staff, signs):
    """Also what no form field reads: lists of ticks, orders, columns, addresses to go on to."""
    names = ["picked", "action", "group", "user", "policy", "arn", "columns", "order", "next", "q", "go"]
    for sign in signs:
        sent = dict.fromkeys(names, f"b{sign}")
        for address in (
            reverse("users:list-preferences"),
            reverse("users:add-user-to-groups", args=[bob.user_id]),
            reverse("users:attach-user-policy", args=[bob.user_id]),
            reverse("users:add-group-users", args=[staff.group_id]),
            reverse("users:remove-group-user", args=[staff.group_id]),
        ):
            assert as_alice.post(address, sent).status_code < 500, address
