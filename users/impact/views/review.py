"""The address of a change of permissions that was sent and not made yet."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_POST

from iamconsole import choices
from iamconsole.addresses import redirect
from iamconsole.operations import Step
from iamconsole.operations.door import refusals
from iamconsole.web import signed_in
from users.impact import job, review
from users.requests import ConsoleRequest


@require_GET
@signed_in
def review_permissions(request: ConsoleRequest, choice_id: UUID) -> HttpResponse:
    """Who gains and who loses what. Its form makes the change on the page that it came from."""
    data = choices.find(request, review.CHOICE, choice_id).data
    return review.page(
        request,
        [Step(name, params) for name, params in data["steps"]],
        title=data["title"],
        button=data["button"],
        back=data["back"],
        action=data["action"],
        fields=[(name, value) for name, value in data["fields"]],
        versions=data["versions"],
    )


@require_POST
@signed_in
def work_out_permissions(request: ConsoleRequest) -> HttpResponse:
    """Start the job that works out what a page would take too long for."""
    steps = review.steps_asked(request, request.POST.get("question", ""))
    if denied := refusals(request.caller, steps):
        raise denied[0]
    return redirect("job", job_id=job.start(request.caller, steps).id)
