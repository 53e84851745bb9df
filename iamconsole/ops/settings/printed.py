"""The table as a person reads it: with the values of an installation, or as a page of the documentation."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from .reading import Given
from .setting import Setting
from .table import GROUPS

HEAD = """# Settings

All settings are variables of the environment. A service reads them from its environment file, see
[operations](operations.md). A value that cannot be used, and a name with `IAMCONSOLE_` that is not in this
list, is refused at the start with one sentence. An empty value is the same as none. Each secret (marked
*secret*) can be in a file instead, named by the variable with `_FILE` at its end:
`DATABASE_URL_FILE=/run/secrets/database`.

`iamconsole settings` prints the values of an installation, where each comes from, and what it means.
This page is made from the same table: `make settings-page`.
"""


def page() -> str:
    """docs/settings.md."""
    return "\n".join([HEAD, *(line for title in GROUPS for line in _section(title))])


def _section(title: str) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| Variable | Default | Meaning | What it takes |"
    yield "|---|---|---|---|"
    for setting in GROUPS[title]:
        name = f"`{setting.name}`" + (" *secret*" if setting.secret else "")
        takes = setting.kind.ask.removesuffix(".")
        yield f"| {name} | {setting.default_shown} | {setting.meaning} | {takes} |"
    yield ""


def rows(given: Given, settings: Any) -> list[dict[str, str]]:
    """Name, value, source and meaning of each setting of an installation; a secret is only said to be set."""
    return [
        {
            "group": title,
            "name": setting.name,
            "value": shown(setting, given, settings),
            "source": source(setting, given, settings),
            "meaning": setting.meaning,
        }
        for title, group in GROUPS.items()
        for setting in group
    ]


def shown(setting: Setting, given: Given, settings: Any) -> str:
    """The value in use. Of an address with a password only scheme, host and path."""
    if setting.name.endswith("_URL") and setting.secret:
        return without_password(given.text(setting.name)) or setting.default_shown
    if setting.secret:
        return "not set" if source(setting, given, settings) == "default" else "set"
    value = getattr(settings, setting.in_django, given.text(setting.name))
    if isinstance(value, bool):
        return "1" if value else "0"
    text = ", ".join(value) if isinstance(value, list | tuple) else str(value)
    return text or setting.default_shown


def source(setting: Setting, given: Given, settings: Any) -> str:
    """Where the value comes from; keys of the data folder are files of it."""
    found = given.source(setting.name)
    file = settings.DATA_DIR / "keys" / {"SECRET_KEY": "secret.key"}.get(setting.name, "field.keys")
    if found == "default" and setting.name in ("SECRET_KEY", "IAMCONSOLE_FIELD_KEYS") and file.exists():
        return f"file {file}"
    return found


def without_password(url: str) -> str:
    """An address that can be shown: no user, no password, no options."""
    if not url:
        return ""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"
