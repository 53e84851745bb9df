"""The AWS double of the sync's tests."""

from tests.sync.conftest import aws, front, moto_url

__all__ = ["aws", "front", "moto_url"]
