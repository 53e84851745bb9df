"""From jobs about root credentials of member accounts to their pages."""

from collections.abc import Collection, Mapping

from iamconsole.addresses import reverse
from iamconsole.job_kinds import Link
from iamconsole.models import Job


def about_roots(job: Job) -> list[Link]:
    return [roots_again(job)]


def roots_again(job: Job) -> Link:
    """The page reads them again."""
    return Link("Show root credentials", reverse("credentials:member-roots"))


def roots_at(job: Job, keys: Collection[str]) -> Mapping[str, str]:
    """Account ID -> page of its root credentials."""
    return {account_id: page_of(account_id) for account_id in keys}


def page_of(account_id: str) -> str:
    return reverse("credentials:member-root", args=[account_id])


def about_root(job: Job) -> list[Link]:
    return [root_again(job)]


def root_again(job: Job) -> Link:
    """What is left can be deleted there."""
    return Link("Show root credentials", page_of(job.args["account_id"]))
