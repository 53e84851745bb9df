"""The templates alone: the request as their only context processor, and only the addresses that the frame names."""

import pytest
from django.template import engines
from django.template.context_processors import request


@pytest.fixture(autouse=True)
def bare(monkeypatch, settings):
    settings.ROOT_URLCONF = "tests.ui.urls"
    monkeypatch.setitem(engines["django"].engine.__dict__, "template_context_processors", (request,))
