"""Where people sign in: each address with the name of the console that it opens.

Users of a linked or imported account sign in at AWS (IAM-FACTS 2.13.1). This console is named beside it only
where it can check a password: one that was set here, and an MFA device whose codes it knows.
"""

from dataclasses import asdict, dataclass

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX

from credentials import devices
from iamconsole.addresses import reverse
from users.models import Account, User

AT_AWS = "AWS Management Console"
HERE = "This console"
# Partition -> what follows the account in the address of its sign-in page (IAM-FACTS 2.13.1). AWS publishes
# the form with an account for these only.
HOSTS = {
    "aws": "signin.aws.amazon.com",
    "aws-cn": "signin.amazonaws.cn",
    "aws-us-gov": "signin.amazonaws-us-gov.com",
}


@dataclass(frozen=True, slots=True)
class SignInAddress:
    """``name``: which console, "" in a local account, which has one; ``url``: "" where it is not known."""

    name: str
    url: str


def sign_in_page() -> str:
    """Where everybody signs in here who knows the account."""
    page: str = settings.BASE_URL + reverse("credentials:sign-in")
    return page


def address_here(name: str) -> str:
    """The sign-in page of this console for the account of that ID or alias."""
    return f"{sign_in_page()}?account={name}"


def address_at_aws(partition: str, name: str) -> str:
    """AWS's sign-in page for the account of that ID or alias; "" where its form is not known."""
    return f"https://{name}.{HOSTS[partition]}/console" if partition in HOSTS else ""


def address_of(account: Account, name: str) -> str:
    """The first address that an account has under that ID or alias."""
    if account.kind == Account.Kind.LOCAL:
        return address_here(name)
    return address_at_aws(account.partition, name)


def addresses_of(account: Account) -> list[SignInAddress]:
    """Where users of the account sign in, AWS first."""
    return _addresses(account, here=_someone_signs_in_here(account))


def addresses_of_user(user: User) -> list[SignInAddress]:
    """Where that user signs in; none without a console password."""
    return _addresses(user.account, here=signs_in_here(user)) if user.password_enabled else []


def signs_in_here(user: User) -> bool:
    """Whether this console lets the user in: it knows the password, and a device where there are any."""
    return user.password_enabled and user.has_usable_password() and not devices.are_elsewhere(user)


def addresses_after_setting(account: Account, user: User | None = None) -> list[dict[str, str]]:
    """Where a user signs in with a password that is being set here, as JSON; ``user``: None for a new one."""
    here = user is None or not devices.are_elsewhere(user)
    return [asdict(address) for address in _addresses(account, here=here)]


def _addresses(account: Account, *, here: bool) -> list[SignInAddress]:
    if account.kind == Account.Kind.LOCAL:
        return [SignInAddress("", address_here(account.sign_in_name))]
    # AWS takes an alias that looks like an account ID too.
    at_aws = SignInAddress(AT_AWS, address_at_aws(account.partition, account.alias or account.account_id))
    if account.kind == Account.Kind.LINKED and here:
        return [at_aws, SignInAddress(HERE, address_here(account.sign_in_name))]
    return [at_aws]


def _someone_signs_in_here(account: Account) -> bool:
    """Whether a password of a user of a linked account was set here, and still is the user's."""
    if account.kind != Account.Kind.LINKED:
        return False
    people = User.objects.people(account).with_password()
    return people.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).exclude(password="").exists()
