"""From jobs, their rows and steps to the users, groups and accounts that they are about."""

from collections.abc import Collection, Mapping

from iamconsole import work
from iamconsole.addresses import address_in, reverse
from iamconsole.job_kinds import Link
from iamconsole.models import Job, RecentChange
from users.models import Account, Group, User

MOST = 5
AT_ONCE = 500


def links_to_users(job: Job) -> list[Link]:
    """Links to the users of the steps, of those that there are; nothing while the job runs."""
    if job.kind != work.KIND or job.open:
        return []
    names = list(dict.fromkeys(step["of"] for step in job.steps if step["of"]))
    found = named(job, names[:50])
    return [Link(f"Show {name}", found[name]) for name in names if name in found][:MOST]


def named(job: Job, names: Collection[str]) -> Mapping[str, str]:
    """Name of a user, else of a group -> its page, for the steps of a job."""
    folded = {name.lower(): name for name in list(names)[:AT_ONCE]}
    groups = Group.objects.filter(account__account_id=job.account_id, name_folded__in=folded)
    users = User.objects.people(job.account_id).filter(name_folded__in=folded)
    pages = {
        folded[name]: address_in(job.account_id, "users:group", group_id)
        for name, group_id in groups.values_list("name_folded", "group_id")
    }
    return pages | {
        folded[name]: address_in(job.account_id, "users:user", user_id)
        for name, user_id in users.values_list("name_folded", "user_id")
    }


def users_at(job: Job, keys: Collection[str]) -> Mapping[str, str]:
    """Unique ID -> page of the user, of those that are still there."""
    users = User.objects.people(job.account_id).filter(user_id__in=list(keys))
    ids = users.values_list("user_id", flat=True)
    return {user_id: address_in(job.account_id, "users:user", user_id) for user_id in ids}


def accounts_at(job: Job, keys: Collection[str]) -> Mapping[str, str]:
    """Account ID -> page of the account, of those that are here."""
    there = Account.objects.filter(account_id__in=list(keys)).values_list("account_id", flat=True)
    return {account_id: reverse("users:account", args=[account_id]) for account_id in there}


def changes_at(job: Job, keys: Collection[str]) -> Mapping[str, str]:
    """Recent change -> the user, else the group, that it was about."""
    changes = RecentChange.objects.filter(id__in=list(keys))
    names = {str(change.id): subject(change) for change in changes}
    pages = named(job, set(names.values()))
    return {key: pages[name] for key, name in names.items() if name in pages}


def subject(change: RecentChange) -> str:
    """The name of whom a change was about, "" for nobody."""
    params = change.steps[0]["params"] if change.steps else {}
    return str(params.get("UserName") or params.get("GroupName") or "")


def users_again(job: Job) -> Link:
    return Link("Choose users again", address_in(job.account_id, "users:list"))


def about_account(job: Job) -> list[Link]:
    return [Link("Show the account", reverse("users:account", args=[job.account_id]))]


def sync_again(job: Job) -> Link:
    """Its page says what is wrong with the link, and syncs."""
    return Link("Go to the account", reverse("users:account", args=[job.account_id]))


def link_again(job: Job) -> Link:
    return Link("Link several accounts", reverse("users:link-accounts"))


def about_accounts(job: Job) -> list[Link]:
    return [Link("Show accounts", reverse("users:accounts"))]


def about_organization(job: Job) -> list[Link]:
    return [Link("Show the organization", reverse("users:link-organization"))]


def organization_again(job: Job) -> Link:
    return about_organization(job)[0]
