"""From a job of several steps to the users it was about."""

from iamconsole import work
from iamconsole.addresses import address_in
from iamconsole.job_kinds import Link
from iamconsole.models import Job
from users.models import User

MOST = 5


def links_to_users(job: Job) -> list[Link]:
    """Links to the users of the steps, of those that there are; nothing while the job runs."""
    if job.kind != work.KIND or job.open:
        return []
    names = list(dict.fromkeys(step["of"].lower() for step in job.steps if step["of"]))
    found = User.objects.people(job.account_id).filter(name_folded__in=names[:50])
    users = sorted(found, key=lambda user: names.index(user.name_folded))[:MOST]
    return [
        Link(f"Show {user.user_name}", address_in(job.account_id, "users:user", user.user_id))
        for user in users
    ]
