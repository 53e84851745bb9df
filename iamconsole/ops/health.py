"""``/healthz``, ``/readyz``, ``/startedz``: a word each, and names of parts, but no details to strangers.

The web server answers them in threads that pages cannot take, before anything of Django's
(``iamconsole.server``). The management port answers them too, with a sentence for each part.
"""

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponse

from . import management_port, parts, pulse

Answer = tuple[int, str]
OK = "ok"


def alive() -> Answer:
    """The process lives and its main loop turns. Nothing is asked that could hang."""
    return (503, "hangs") if pulse.OWN.hangs else (200, OK)


def started() -> Answer:
    """The role has begun its work."""
    return (200, OK) if pulse.OWN.started else (503, "starting")


def ready() -> Answer:
    """Which parts are missing, by name. The broker and a disk that fills are told and do not count."""
    outcomes = list(parts.outcomes())
    told = ", ".join(outcome.name for outcome in outcomes if outcome.sentence and not outcome.failing)
    failing = ", ".join(outcome.name for outcome in outcomes if outcome.failing)
    if failing:
        return 503, f"not ready: {failing}" + (f"; attention: {told}" if told else "")
    return 200, f"{OK}; attention: {told}" if told else OK


def ready_in_detail() -> Answer:
    """One line for each part, with its sentence: for the management port."""
    outcomes = list(parts.outcomes())
    lines = [f"{outcome.name}: {outcome.sentence or OK}" for outcome in outcomes]
    return 503 if any(outcome.failing for outcome in outcomes) else 200, "\n".join(lines)


def register() -> None:
    """Put them on the management port. Called once, from ``AppConfig.ready``."""
    for path, answer in {**PATHS, "/readyz": ready_in_detail}.items():
        management_port.register(path, partial(page, answer))


def page(answer: Callable[[], Answer]) -> management_port.Page:
    """An answer as a page of the management port."""
    status, text = answer()
    return status, management_port.TEXT, f"{text}\n".encode()


PATHS = {"/healthz": alive, "/readyz": ready, "/startedz": started}


def view(request: HttpRequest) -> HttpResponse:
    """The same for servers that are not ours, where whoever gets here has started."""
    pulse.OWN.start()
    status, text = PATHS[request.path_info]()
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
