"""Django's mail settings out of ``EMAIL_URL``; wrong ones are told by ``manage.py check``, not at import."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environ import Env

PRINTED = {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}


def mail_settings(url: str) -> tuple[dict[str, Any], str]:
    """The settings, and what is wrong with the URL ("" where nothing is)."""
    if not url:
        return PRINTED, ""
    try:
        found = Env.email_url_config(url)
    except (ImproperlyConfigured, ValueError):
        return PRINTED, "EMAIL_URL has an unknown scheme, or a port that is not a number."
    if url.startswith("smtp") and not found.get("EMAIL_HOST"):
        return PRINTED, "EMAIL_URL names no mail server."
    known = {name: value for name, value in found.items() if name.startswith("EMAIL_")}
    if known.get("EMAIL_PORT") is None:
        known["EMAIL_PORT"] = 465 if known.get("EMAIL_USE_SSL") else 587 if known.get("EMAIL_USE_TLS") else 25
    return known, ""
