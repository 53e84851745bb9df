"""What is known of an access key beside IAM: edited on a page of its own."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from credentials.access_keys.forms.key_details import KeyDetailsForm
from credentials.key_uses import details_step
from credentials.models import AccessKey
from credentials.pages import credentials_url, key_of_user
from iamconsole.addresses import redirect
from iamconsole.operations import Step, require
from iamconsole.web import signed_in
from users.models import User
from users.pages import finished, user_of
from users.requests import ConsoleRequest


@require_http_methods(["GET", "POST"])
@signed_in
def access_key_details(request: ConsoleRequest, user_id: str, access_key_id: str) -> HttpResponse:
    """Description, owner and review date, saved together."""
    user = user_of(request, user_id)
    require(request.caller, "iamconsole:UpdateAccessKeyDetails", user.arn)
    key = key_of_user(user, access_key_id)
    now = {
        "key_description": user.tags.get(key.label, ""),
        "key_owner": key.owner,
        "key_review_date": key.review_date,
    }
    may_tag = request.caller.might("iam:TagUser", user.arn)
    data = request.POST if request.method == "POST" else None
    form = KeyDetailsForm(data, initial=now, may_tag=may_tag)
    back = credentials_url(request, user)
    if form.is_valid() and (answer := _save(request, user, key, form, now, back)):
        return answer
    context = {"user": user, "key": key, "form": form, "back": back, "may_tag": may_tag}
    return render(request, "credentials/access_keys/access_key_details.html", context)


def _save(
    request: ConsoleRequest, user: User, key: AccessKey, form: KeyDetailsForm, now: dict[str, Any], back: str
) -> HttpResponse | None:
    steps = _steps(user, key, {name: form.cleaned_data[name] for name in form.fields}, now)
    if not steps:
        messages.info(request, f"Access key {key.label} was not changed. Nothing in the form was different.")
        return redirect(back)
    done = f"The details of access key {key.label} were saved."
    return finished(request, steps, f"Details of access key {key.label}", done, back, form)


def _steps(user: User, key: AccessKey, new: dict[str, Any], now: dict[str, Any]) -> list[Step]:
    """IAM keeps the description, as a tag of the user; the rest is the console's."""
    steps = []
    text = new.get("key_description", now["key_description"])
    if text != now["key_description"]:
        named = {"UserName": user.user_name}
        tag = Step("TagUser", {**named, "Tags": [{"Key": key.label, "Value": text}]})
        steps.append(tag if text else Step("UntagUser", {**named, "TagKeys": [key.label]}))
    if any(new[name] != now[name] for name in ("key_owner", "key_review_date")):
        steps.append(details_step(user.user_name, key.label, new["key_owner"], new["key_review_date"]))
    return steps
