"""The short way to the API: past sessions, forms and everything else that only browsers need."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from .views import query_api

PATH = "/api/"


class QueryApiMiddleware:
    """Answers signed requests at once. A browser's cookie is not even read, and the body is untouched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != PATH:
            return self.get_response(request)
        request.get_host()  # refuses a forged one, as CommonMiddleware does for pages
        return query_api(request)
