"""The System page: how each part of this installation is, for administrators of the home account."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from iamconsole.operations.page_reads import GET_SYSTEM_STATUS
from iamconsole.ops import status, tables
from iamconsole.ops.asking import NoAnswer, ask_all
from iamconsole.web import signed_in
from users.pages import at_home
from users.requests import ConsoleRequest

TYPES = {"ok": "success", "warning": "warning", "bad": "error", "unknown": "inactive"}
WORDS = {"ok": "Well", "warning": "Attention", "bad": "Not well", "unknown": "Not known"}


@require_GET
@signed_in
def system(request: ConsoleRequest) -> HttpResponse:
    """Each line with its state and, where it is not well, the next step."""
    at_home(request, GET_SYSTEM_STATUS)
    sections = status.read()
    lines = [(title, line) for _, section in sections for title, line in section]
    largest = ask_all({"Tables": tables.largest})["Tables"]
    context = {
        "sections": [
            (name, [(title, line, TYPES[line.state], WORDS[line.state]) for title, line in section])
            for name, section in sections
        ],
        "bad": [title for title, line in lines if line.state == "bad"],
        "attention": [title for title, line in lines if line.state == "warning"],
        "unknown": [title for title, line in lines if line.state == "unknown"],
        "tables": None if isinstance(largest, NoAnswer) else largest,
    }
    return render(request, "reports/system/system.html", context)
