"""Handing over the new secret: on screen to whoever rotates, or to the owner, who takes it once.

For the owner it rests sealed for three days. Owners who sign in here take it on their own page; the mail to
all others has a link with a signed token. It names the secret, so it is worth nothing once that is taken,
and looking at the page, as mail scanners do, takes nothing.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from urllib.parse import urljoin
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils import timezone

from credentials.models import Rotation
from credentials.models.rotations import State
from credentials.shown_once.show import PURPOSE, to_show
from iamconsole.addresses import address_in, reverse
from iamconsole.models import OneTimeSecret
from iamconsole.operations import Caller
from iamconsole.policy import NamedPolicy, parse
from users.callers.build import Origin, own_users
from users.models import User

OWNER_PURPOSE = "rotation"
SALT = "credentials.rotation"
HOURS = 72
TITLE = "New {noun} of {user}"


def keep_for_starter(
    rotation: Rotation, noun: str, secret: Mapping[str, str], session_key: str, shown_with: str = ""
) -> str:
    """Put the secret away for the page that shows it once, in the person's session: with others of a
    campaign on the page ``shown_with``. Its ID.
    """
    earlier = OneTimeSecret.find(shown_with, PURPOSE, session_key) if shown_with else None
    if earlier:
        content = json.loads(earlier.reveal())
        content["users"].append({"user_name": rotation.user_name, **secret})
        earlier.replace(json.dumps(content))
        return str(earlier.id)
    done_url = address_in(rotation.account_id, "credentials:access-keys")
    title = TITLE.format(noun=noun, user=rotation.user_label)
    show = to_show(title, rotation.user_name, done_url, **secret)
    row = OneTimeSecret.keep(PURPOSE, session_key, json.dumps(show), owner=rotation.starter_id)
    return str(row.id)


def keep_for_owner(rotation: Rotation, secret: Mapping[str, str]) -> UUID:
    """Put it away until its owner takes it. Its ID."""
    text, key = json.dumps(dict(secret)), bound_to(rotation)
    row = OneTimeSecret.keep(OWNER_PURPOSE, key, text, minutes=HOURS * 60, owner=rotation.user_id, most=None)
    return row.id


def until() -> timedelta:
    """How long the owner has."""
    return timedelta(hours=HOURS)


def bound_to(rotation: Rotation) -> str:
    return f"rotation|{rotation.id}"


def waiting(rotation: Rotation) -> OneTimeSecret | None:
    """The secret that waits for its owner."""
    if not rotation.secret_id:
        return None
    return OneTimeSecret.find(str(rotation.secret_id), OWNER_PURPOSE, bound_to(rotation))


def waits(rotation: Rotation) -> bool:
    return rotation.is_open and rotation.state == State.HAND_OVER and waiting(rotation) is not None


def take(rotation: Rotation, token: str, caller: Caller) -> dict[str, str] | None:
    """The secret, once, for its owner; None for anybody else, and where it is gone."""
    is_owner = caller.kind == "user" and caller.user_id == rotation.user_id
    if not is_owner or (token and token_of(token) != named_by(rotation)):
        return None
    row = waiting(rotation)
    text = row.take() if row else None
    secret: dict[str, str] | None = json.loads(text) if text else None
    return secret


def forget(rotation: Rotation) -> None:
    """The secret that waits is not to be taken anymore."""
    if rotation.secret_id:
        OneTimeSecret.objects.filter(id=rotation.secret_id, purpose=OWNER_PURPOSE).delete()
    rotation.secret_id = None


def named_by(rotation: Rotation) -> dict[str, str]:
    """What a token names: this secret and no later one."""
    return {"rotation": str(rotation.id), "secret": str(rotation.secret_id)}


def link_for(rotation: Rotation) -> str:
    """The address in the mail, for owners who do not sign in here."""
    path = reverse("credentials:open-rotation-link", args=[token_for(rotation)])
    return urljoin(settings.BASE_URL + "/", path.lstrip("/"))


def token_for(rotation: Rotation) -> str:
    return signing.dumps(named_by(rotation), salt=SALT)


def token_of(token: str) -> dict[str, str] | None:
    """What a token says; None for one that is not ours or too old."""
    try:
        named: dict[str, str] = signing.loads(token, salt=SALT, max_age=until())
    except signing.BadSignature:
        return None
    return named


def rotation_of(token: str) -> Rotation | None:
    """The rotation whose secret still waits for the holder of a link."""
    return rotation_named(token_of(token))


def rotation_named(named: Mapping[str, str] | None) -> Rotation | None:
    """The same by what the token has said."""
    rotation = Rotation.objects.filter(pk=named["rotation"]).first() if named else None
    if rotation is None or named != named_by(rotation) or not waits(rotation):
        return None
    return rotation


def holder(rotation: Rotation, origin: Origin) -> Caller | None:
    """Whoever holds the link: its user, with the permission to take the secret and nothing else. None where
    that user is gone.
    """
    users = User.objects.select_related("account")
    user = users.filter(account__account_id=rotation.account_id, user_id=rotation.user_id).first()
    if user is None:
        return None
    return Caller(
        account_id=user.account.account_id,
        arn=user.arn,
        kind="user",
        user_id=user.user_id,
        user_name=user.user_name,
        channel="console",
        identity=(holder_policy(user.account.partition),),
        link=user.account.link_spec,
        source_ip=origin.source_ip,
        user_agent=origin.user_agent,
        secure=origin.secure,
        authenticated_at=timezone.now(),  # the link is the proof
    )


@cache
def holder_policy(partition: str) -> NamedPolicy:
    own = own_users(partition)
    statement = {"Effect": "Allow", "Action": "iamconsole:TakeRotationSecret", "Resource": own}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return NamedPolicy("RotationLink", "", "Console", "", parse(json.dumps(document)))
