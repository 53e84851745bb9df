"""The meter beside a password field: how hard what is being typed is to guess."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from credentials.passwords import links as password_links
from credentials.passwords import strength
from users.models import Account


@sensitive_post_parameters()
@require_POST
@never_cache
def password_strength(request: HttpRequest) -> JsonResponse:
    """Score and words. For whoever may be choosing a password; nothing of it is kept or written down."""
    names = names_for(request)
    if names is None:
        return JsonResponse({}, status=403)
    score = strength.score(request.POST.get("password", ""), names)
    return JsonResponse({"score": max(score, 1), "words": strength.WORDS[score]})


def names_for(request: HttpRequest) -> list[str] | None:
    """The names that a password must not lean on; None for people who choose none."""
    if request.user.is_authenticated:
        account = Account.objects.get(account_id=request.caller.account_id)  # type: ignore[attr-defined]
        return strength.names_of(account)
    link = password_links.of_session(request)
    return strength.names_of(link.user.account, link.user_name) if link else None
