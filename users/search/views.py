"""The search at the top: its page, and the list that is shown while somebody types."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET

from iamconsole.search import Words
from iamconsole.web import signed_in
from users.requests import ConsoleRequest
from users.search.results import IN_LIST, ON_PAGE, Search, meant

SHORTEST = 2  # characters from which a list is shown while somebody types


@require_GET
@signed_in
def search(request: ConsoleRequest) -> HttpResponse:
    """What fits the words, by kind. Words that name one thing exactly open it, unless ``all`` is asked."""
    words = Words.of(request.GET.get("q", ""))
    context: dict[str, Any] = {
        "words": words.text,
        "search_words": words.text,
        "kinds": [],
        "refused": [],
        "unread": [],
    }
    if words.text:
        found = Search(request, words)
        direct = "all" not in request.GET
        if direct and (url := meant(found.here(ON_PAGE))):
            return HttpResponseRedirect(url)
        kinds = found.everywhere(ON_PAGE, audited=True)
        exact_here = any(hit.exact for kind in kinds for hit in kind.here.hits)
        if direct and not exact_here and (url := meant(kinds, elsewhere=True)):
            return HttpResponseRedirect(url)
        context |= {"kinds": kinds, "refused": found.refused, "unread": found.unread}
    return render(request, "users/search/search.html", context)


@require_GET
@signed_in
def search_list(request: ConsoleRequest) -> HttpResponse:
    """The first hits of each kind, for the list under the field."""
    words = Words.of(request.GET.get("q", ""))
    long_enough = len(words.text) >= SHORTEST
    kinds = Search(request, words).everywhere(IN_LIST, audited=False) if long_enough else []
    number = sum(len(kind.hits) for kind in kinds)
    context: dict[str, Any] = {
        "words": words.text,
        "kinds": kinds,
        "number": number,
        "long_enough": long_enough,
    }
    return render(request, "users/search/search_list.html", context)
