"""Giving an existing user what another one has."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from iamconsole.addresses import reverse
from iamconsole.operations import require
from iamconsole.web import or_404, signed_in
from users.impact import review
from users.models import User
from users.pages import by_name, finished, paged, user_of
from users.people.copies import READ_ACTIONS, gift, permissions_of
from users.requests import ConsoleRequest


@require_http_methods(["GET", "POST"])
@signed_in
def copy_permissions(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """First whose permissions, then what of them is new; nothing is taken from anybody."""
    user = user_of(request, user_id)
    require(request.caller, "iam:ListUsers")
    others = User.objects.people(user.account).exclude(pk=user.pk)
    wanted = request.GET.get("source", "")
    if wanted:
        return confirm_copy(
            request, user, or_404("There is no such user.", others.filter(user_id=wanted).first())
        )
    words = request.GET.get("q", "").strip()
    page = paged(request, by_name(others, words).order_by("name_folded"))
    context = {"user": user, "page": page, "words": words, "any": others.exists()}
    return render(request, "users/people/copy_permissions.html", context)


def confirm_copy(request: ConsoleRequest, user: User, source: User) -> HttpResponse:
    """What will be given, and the button that does it."""
    for action in READ_ACTIONS:
        require(request.caller, action, source.arn)
    found = gift(permissions_of(source), user)
    done_url = reverse("users:user", args=[user.user_id])
    if request.method == "POST" and found:
        done = f"{user.user_name} now has the permissions of {source.user_name}."
        title = f"Copy permissions to {user.user_name}"
        if answer := finished(request, found.steps(user.user_name), title, done, done_url):
            return answer
    context = {"user": user, "source": source, "gift": found}
    if found:
        context |= review.considered(request, found.steps(user.user_name))
    return render(request, "users/people/confirm_copy.html", context)
