"""Static files under names that change with what is in them, compressed beforehand.

A browser keeps such a file for years and never asks again. ``up`` publishes them into the data folder at
each start; WhiteNoise serves them from there.
"""

from django.core.management import call_command
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static

# What the libraries bring besides and no page loads.
NOT_PUBLISHED = [
    "admin",
    "bootstrap-*",
    "bootstrap.bundle*",
    "bootstrap.css*",
    "bootstrap.esm*",
    "bootstrap.js*",
    "bootstrap.min.js*",
    "bootstrap.rtl*",
    "django_tables2",
    "ext",
    "htmax-*",
    "htmx-2.js",
    "htmx-4*",
    "jquery*",
]


def publish() -> None:
    """Write the static files and their list anew, without those of an earlier version."""
    call_command("collectstatic", interactive=False, clear=True, verbosity=0, ignore_patterns=NOT_PUBLISHED)


def favicon(request: HttpRequest) -> HttpResponse:
    """The icon, for whoever asks for it without having read a page."""
    return HttpResponseRedirect(static("console/mark.svg"))


def robots(request: HttpRequest) -> HttpResponse:
    """Nothing here is for search engines."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")
