"""Hiding a part of the pages, and showing it again: one's own wish."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from iamconsole.addresses import redirect, reverse
from iamconsole.web import safe_next, signed_in
from users.models import HiddenPart
from users.requests import ConsoleRequest


@require_POST
@signed_in
def hide_part(request: ConsoleRequest, hidden: str) -> HttpResponse:
    """Hides it; with ``show`` it is there again."""
    if hidden not in HiddenPart.Part.values:
        raise Http404
    if request.POST.get("show"):
        HiddenPart.objects.filter(user=request.user, part=hidden).delete()
    else:
        HiddenPart.objects.get_or_create(user=request.user, part=hidden)
    return redirect(safe_next(request, reverse("home")))
