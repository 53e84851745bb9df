"""The AWS double (moto), quicker: the list of its services does not change while it runs."""

import logging

from moto import backends


def look_up_once() -> None:
    """It lists the folders of its own package twice for each request, which was a quarter of each answer."""
    services = frozenset(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: services
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)  # a line for each request, read by nobody
