"""Walking the steps of creating users as a browser does: form after form, redirect after redirect."""

import re
from html import unescape

from django.urls import reverse

START = reverse("credentials:create-user")


def begin(client):
    """The address of the first step of a new draft."""
    return client.get(START)["Location"]


def step(details, name):
    """The address of another step of the same draft."""
    return details.replace("/details/", f"/{name}/")


def details_of(names="dora", **fields):
    sent = {"user_names": names, "password_kind": "generated", "key_use": "cli", **fields}
    return {key: value for key, value in sent.items() if value is not None}


def tag_data(tags=(), **more):
    rows = {f"tags-{n}-key": key for n, (key, _) in enumerate(tags)}
    rows |= {f"tags-{n}-value": value for n, (_, value) in enumerate(tags)}
    forms = {"tags-TOTAL_FORMS": str(len(tags) or 1), "tags-INITIAL_FORMS": "0"}
    return {**forms, **rows, "go": "next", **more}


def tick(client, details, way, *values, shown=None, **more):
    """Choose from one list of the permissions step."""
    sent = {"pick": list(values), "shown": list(shown or values), "go": f"way:{way}", **more}
    return client.post(f"{step(details, 'permissions')}?way={way}", sent)


def to_review(client, names="dora", *, picks=None, tags=(), more=None, **fields):
    """Every step up to the review; gives its address, or the page of the step that refused."""
    details = begin(client)
    answer = client.post(details, details_of(names, **fields))
    if answer.status_code != 302:
        return answer
    for way, values in (picks or {}).items():
        tick(client, details, way, *values, **(more or {}))
    answer = client.post(step(details, "permissions"), {"go": "next"})
    if answer.status_code != 302:
        return answer
    answer = client.post(step(details, "tags"), tag_data(tags))
    return answer if answer.status_code != 302 else step(details, "review")


def create(client, names="dora", **choices):
    """All steps; gives the answer to the last button, or the page of the step that refused."""
    review = to_review(client, names, **choices)
    return client.post(review) if isinstance(review, str) else review


def shown(client, answer):
    """The text of the secret-once page that an answer leads to."""
    assert answer.status_code == 302, errors(answer)
    return client.get(answer["Location"]).content.decode()


def errors(answer):
    """What the error summary of a page lists."""
    found = re.search(r"ui-error-summary.*?</ul>", answer.content.decode(), re.S)
    return (
        [unescape(text) for text in re.findall(r"<li>(?:<a[^>]*>)?(.*?)(?:</a>)?</li>", found[0], re.S)]
        if found
        else []
    )


def values(text):
    """Label to value, of a secret-once page for one user."""
    rows = re.findall(r'<dt>([^<]+)</dt>.*?class="ui-secret-value">([^<]*)<', text, re.S)
    return {label: unescape(value) for label, value in rows}
