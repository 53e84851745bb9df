"""The address of a change of permissions that was sent and not made yet."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from iamconsole import choices
from iamconsole.operations import Step
from iamconsole.web import signed_in
from users.impact import review
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
