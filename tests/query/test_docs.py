"""docs/api.md tells the truth about what is offered."""

import re
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from iamconsole.operations.shapes import iam_model, sts_model
from iamconsole.query import offers, raw
from iamconsole.query.offers import name_of

TEXT = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()
OFFERED = (
    TEXT.partition("## What is offered")[2]
    .partition("## Errors and limits")[0]
    .partition("Everything else")[0]
)


def test_the_list_is_what_the_api_offers():
    told = re.findall(r"`([\w:]+)`", OFFERED)
    models = (iam_model(), sts_model())
    known = {name_of(model, action) for model in models for action in offers.offered(model)}
    assert sorted(told) == sorted(known)


def test_limits_are_the_real_ones():
    assert f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes" in TEXT
    assert f"{raw.MOST_PARAMETERS:,} parameters" in TEXT


def test_the_address_is_the_real_one():
    path = reverse("api")
    assert f"`POST {path}`" in TEXT
    for url in re.findall(r'http://127\.0\.0\.1:8000(/[^\s"`]*)', TEXT):
        assert url.rstrip("`") == path
