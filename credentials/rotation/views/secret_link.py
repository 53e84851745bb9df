"""The page of the link in a mail: its reader takes the new secret of a key, once, without a sign-in."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from credentials.models import Rotation
from credentials.rotation import handing
from credentials.rotation.kinds import kind_of
from iamconsole.addresses import redirect
from iamconsole.errors import IamError
from iamconsole.models import OneTimeSecret
from iamconsole.operations import execute
from users.callers.middleware import origin_of
from users.models import Account

# What the link named, then the ID of what was taken.
WAITING_KEY, TAKEN_KEY = "rotation_link", "rotation_taken"
PURPOSE = "rotation-shown"
PAGE = "credentials/rotation/rotation_secret.html"
LABELS = {
    "access_key_id": "Access key ID",
    "secret_access_key": "Secret access key",
    "service_user_name": "User name",
    "service_password": "Password",
    "api_key_alias": "API key alias",
    "api_key": "API key",
}


@require_safe
@never_cache
def open_rotation_link(request: HttpRequest, token: str) -> HttpResponse:
    """From the address with the token to the one without, for right and wrong tokens alike: no page, log or
    Referer has it. Nothing is used up by looking.
    """
    request.session.cycle_key()
    request.session[WAITING_KEY] = handing.token_of(token)
    response = redirect("credentials:rotation-secret")
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_http_methods(["GET", "POST"])
@never_cache
def rotation_secret(request: HttpRequest) -> HttpResponse:
    """A button first, then the secret, once."""
    if values := taken(request):
        return render(request, PAGE, {"values": values})
    rotation = handing.rotation_named(request.session.get(WAITING_KEY))
    if rotation is None:
        return render(request, PAGE, {"dead": True}, status=410)
    if request.method == "POST":
        return take(request, rotation)
    account = Account.objects.filter(account_id=rotation.account_id).first()
    context = {"rotation": rotation, "noun": kind_of(rotation).noun, "account": account}
    return render(request, PAGE, context)


def take(request: HttpRequest, rotation: Rotation) -> HttpResponse:
    """Take it through the door and put it away for the next page of this session."""
    holder = handing.holder(rotation, origin_of(request))
    params = {"RotationId": str(rotation.id), "Token": handing.token_for(rotation)}
    try:
        facts = execute(holder, "iamconsole:TakeRotationSecret", **params) if holder else {}
    except IamError:
        facts = {}
    if facts:
        text = json.dumps(facts["Secret"])
        row = OneTimeSecret.keep(PURPOSE, request.session.session_key or "", text)
        request.session[TAKEN_KEY] = str(row.id)
    return redirect("credentials:rotation-secret")


def taken(request: HttpRequest) -> list[tuple[str, str]]:
    """Label and value of what this session has taken, at the first look; nothing before and after it."""
    kept = request.session.get(TAKEN_KEY, "")
    row = OneTimeSecret.find(kept, PURPOSE, request.session.session_key or "") if kept else None
    shown = row.show() if row else None
    secret = json.loads(shown[0]) if shown else {}
    return [(label, secret[name]) for name, label in LABELS.items() if name in secret]
