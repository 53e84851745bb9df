"""The page that shows new secrets once, and its files."""

import json
from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from credentials.key_uses import KEY_USES
from credentials.shown_once import show
from credentials.shown_once.show import PURPOSE
from credentials.wizard_steps import finished_steps
from iamconsole.addresses import redirect, reverse
from iamconsole.downloads import BOM, CSV_TYPE, EXACT, PEM_TYPE, as_csv, whole_file
from iamconsole.models import OneTimeSecret
from iamconsole.web import signed_in
from users.requests import ConsoleRequest

NOT_HERE = (
    "There are no secrets here. They were saved, have expired, or belong to another session. "
    "You can reset a lost password and replace a lost access key."
)
NOT_SAVED = "Save the values first, then select “I have saved these”. They cannot be shown again."
# File -> name and columns, as AWS's console makes them (IAM-FACTS 13.3, 13.4).
FILES = {
    "credentials": (
        "{}_credentials.csv",
        {"User name": "user_name", "Password": "password", "Console sign-in URL": "sign_in_url"},
    ),
    "access_keys": (
        "{}_accessKeys.csv",
        {"Access key ID": "access_key_id", "Secret access key": "secret_access_key"},
    ),
    "service": (
        "{}_service_credentials.csv",
        {"User Name": "service_user_name", "Password": "service_password"},
    ),
    "api_key": (
        "{}_api_key.csv",
        {"API key alias": "api_key_alias", "API key": "api_key"},
    ),
}
# The parts of a new signing certificate, under the names AWS's console gives their files.
PEM_FILES = {"private_key": "pk-{}.pem", "certificate": "cert-{}.pem"}
# Something of these is shown of a user, or the user is left out.
SECRETS = ("password", "password_link", "access_key_id", "private_key", "service_password", "api_key")
# All users of the page in one file, in the columns of AWS's former batch file.
ALL = "all"
ALL_NAME = "credentials.csv"
ALL_COLUMNS = {
    "User name": "user_name",
    "Password": "password",
    "Access key ID": "access_key_id",
    "Secret access key": "secret_access_key",
    "Console sign-in URL": "sign_in_url",
}
# Columns that a file has where a user has something in them.
MORE_COLUMNS = {"Sign-in URL of this console": "sign_in_here", "One-time password link": "password_link"}


@require_http_methods(["GET", "POST"])
@never_cache
@signed_in
def secret(request: ConsoleRequest, secret_id: str) -> HttpResponse:
    """The first view shows the secrets; a second says that they were shown. Sent: the reader is done."""
    row = row_of(request, secret_id)
    if request.method == "POST":
        return _done(request, row)
    shown = row.show()
    if shown is None:
        return _gone(request, row)
    return _page(request, row, *shown)


def _done(request: ConsoleRequest, row: OneTimeSecret) -> HttpResponse:
    """Forget the secrets once they are saved; else the same view again, which its token allows."""
    token = request.POST.get("token", "")
    text = row.again(token)
    if text is None:
        return _gone(request, row)
    if not request.POST.get("saved"):
        return _page(request, row, text, token, error=NOT_SAVED)
    done_url = json.loads(text)["done_url"]
    row.delete()
    return redirect(done_url)


def _page(
    request: ConsoleRequest, row: OneTimeSecret, text: str, token: str, error: str = ""
) -> HttpResponse:
    context = {**json.loads(text), "row": row, "token": token, "error": error}
    context["users"] = with_secrets(context["users"])
    context["all_file"] = {"key": ALL, "name": ALL_NAME} if len(context["users"]) > 1 else None
    with_key = [user["user_name"] for user in context["users"] if user.get("access_key_id")]
    context["profile"] = ("NAME" if len(with_key) > 1 else with_key[0]) if with_key else ""
    # Keys of a linked account are AWS's: they open nothing here.
    context["api_url"] = "" if request.caller.link else show.api_url()
    context["use"] = KEY_USES.get(context.get("key_use", ""))
    context["steps"] = finished_steps() if context.get("wizard") else []
    context["way"] = way_to(context["done_url"], context["users"])
    for user in context["users"]:
        user["files"] = [
            {"key": key, "name": name.format(user["user_name"])}
            for key, (name, columns) in FILES.items()
            if all(column in user for column in columns.values())
        ]
        user["pem_files"] = [{"key": key, "what": key.replace("_", " ")} for key in PEM_FILES if key in user]
    return render(request, "credentials/shown_once/secret.html", context)


def _gone(request: ConsoleRequest, row: OneTimeSecret) -> HttpResponse:
    shown = json.loads(row.reveal())
    context = {"gone": True, "done_url": shown["done_url"], "way": way_to(shown["done_url"], shown["users"])}
    return render(request, "credentials/shown_once/secret.html", context, status=410)


def way_to(done_url: str, users: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """The breadcrumbs before the page: labels and addresses, to the page that the secrets are of."""
    own = reverse("credentials:my-security-credentials")
    if done_url.startswith(own):
        return [("My security credentials", own)]
    users_url = reverse("users:list")
    way = [("Users", users_url)]
    if len(users) == 1 and done_url.startswith(f"{users_url}AIDA"):
        way.append((users[0]["user_name"], done_url))
    return way


@require_POST
@never_cache
@signed_in
def secret_csv(request: ConsoleRequest, secret_id: str) -> HttpResponse:
    """A file of one user's secrets, or of all, for the one page view that showed them."""
    row = row_of(request, secret_id)
    text = row.again(request.POST.get("token", ""))
    if text is None:
        return _gone(request, row)
    users = with_secrets(json.loads(text)["users"])
    if request.POST.get("file") == ALL:
        return csv_file(ALL_NAME, users, {**ALL_COLUMNS, **_more_columns(users)})
    named = [user for user in users if user["user_name"] == request.POST.get("user_name")]
    file = FILES.get(request.POST.get("file", ""))
    if not named or file is None:
        raise Http404(NOT_HERE)
    name, columns = file
    more = _more_columns(named) if "sign_in_url" in columns.values() else {}
    return csv_file(name.format(named[0]["user_name"]), named, {**columns, **more})


def _more_columns(users: Sequence[dict[str, Any]]) -> dict[str, str]:
    return {name: key for name, key in MORE_COLUMNS.items() if any(user.get(key) for user in users)}


@require_POST
@never_cache
@signed_in
def secret_pem(request: ConsoleRequest, secret_id: str) -> HttpResponse:
    """The private key or the certificate as a file, for the one page view that showed them."""
    row = row_of(request, secret_id)
    text = row.again(request.POST.get("token", ""))
    if text is None:
        return _gone(request, row)
    key = request.POST.get("file", "")
    named = [user for user in json.loads(text)["users"] if user["user_name"] == request.POST.get("user_name")]
    if key not in PEM_FILES or not named or key not in named[0]:
        raise Http404(NOT_HERE)
    return whole_file(named[0][key], PEM_TYPE, PEM_FILES[key].format(named[0]["certificate_id"]))


def with_secrets(users: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The users that have something to show: a job may have failed before others got theirs."""
    return [_with_urls(user) for user in users if any(user.get(kind) for kind in SECRETS)]


def _with_urls(user: dict[str, Any]) -> dict[str, Any]:
    """The user with the columns of where it signs in: AWS's file has one, for its own console."""
    urls = [address["url"] for address in user.get("sign_in", [])]
    return {**user, "sign_in_url": urls[0] if urls else "", "sign_in_here": urls[1] if urls[1:] else ""}


def csv_file(name: str, users: Sequence[dict[str, Any]], columns: dict[str, str]) -> HttpResponse:
    """Header and a line for each user, with the byte order mark that AWS's files have."""
    rows = ([user.get(key, "") for key in columns.values()] for user in users)
    return whole_file(BOM + "".join(as_csv(columns, rows, EXACT)), CSV_TYPE, name)


def row_of(request: ConsoleRequest, secret_id: str) -> OneTimeSecret:
    """The live row of this session; 404 for any other."""
    row = OneTimeSecret.find(secret_id, PURPOSE, request.session.session_key or "")
    if row is None:
        raise Http404(NOT_HERE)
    return row
