"""Handing new secrets to one person: run the steps, then show the answers once.

What is shown is JSON in a ``OneTimeSecret``: {"title", "done_url", "key_use"?, "wizard"?, "users":
[{"user_name", "sign_in"?: [{"name", "url"}], "password"?, "reset_required"?, "password_link"?, "link_hours"?,
"access_key_id"?, "secret_access_key"?, "certificate_id"?, "certificate"?, "private_key"?,
"service_user_name"?, "service_password"?, "api_key_alias"?, "api_key"?}], "service"?}.
"""

import json
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from iamconsole.addresses import redirect, reverse
from iamconsole.job_kinds import Link
from iamconsole.models import Job, OneTimeSecret
from iamconsole.operations import Step, find
from users.requests import ConsoleRequest
from users.steps import run

PURPOSE = "credentials"


def api_url() -> str:
    """Where AWS clients send their requests for this console (docs/api.md)."""
    page: str = settings.BASE_URL + reverse("api")
    return page


def to_show(title: str, user_name: str, done_url: str, **values: Any) -> dict[str, Any]:
    """What the secret-once page is to show for one user; passwords and keys come in by the answers."""
    return {"title": title, "done_url": done_url, "users": [{"user_name": user_name, **values}]}


def run_and_show(request: ConsoleRequest, steps: Sequence[Step], show: dict[str, Any]) -> HttpResponse:
    """Run the steps, then go to the page that shows their secrets, or to the job. Raises IamError."""
    outcome = run(request, steps, show)
    if isinstance(outcome, Job):
        return redirect("job", job_id=outcome.id)
    users = {user["user_name"]: user for user in show["users"]}
    for step, facts in zip(steps, outcome, strict=True):
        if shown := find(step.name).shown_once(step.params, facts):
            users[step.params["UserName"]].update(shown)
    return show_once(request, show)


def show_once(request: ConsoleRequest, show: dict[str, Any]) -> HttpResponse:
    """Put the secrets away for this session and go to the page that shows them once."""
    row = OneTimeSecret.keep(
        PURPOSE, request.session.session_key or "", json.dumps(show), owner=request.user.user_id
    )
    return redirect("credentials:secret", secret_id=row.id)


def link_of_job(job: Job) -> list[Link]:
    """From a job that made secrets to the page that shows them once."""
    secret = job.result.get("secret_id")
    url = reverse("credentials:secret", args=[secret]) if secret else ""
    return [Link("Show credentials", url, variant="primary")] if secret else []
