"""The AWS double of the syncs, for jobs that ask AWS."""

from tests.sync.conftest import aws, moto_url

__all__ = ["aws", "moto_url"]
