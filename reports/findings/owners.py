"""Who answers for a finding until somebody else is chosen."""

from collections.abc import Sequence

from reports.findings.rule import Fault
from reports.models import Finding, FindingSettings
from users.models import Account, User


class Owners:
    """The owner of the key, else the user, else the contact of the account."""

    def __init__(self, accounts: Sequence[Account]) -> None:
        chosen = FindingSettings.objects.filter(account__in=accounts).exclude(contact="")
        self.contacts = dict(chosen.values_list("account_id", "contact"))

    def of(self, fault: Fault) -> str:
        """A name or a mail address; "" where nobody is known."""
        return fault.owner or fault.user_name or self.contacts.get(fault.account, "")

    def of_finding(self, finding: Finding) -> str:
        """The same where only the finding is at hand: evaluation puts the key's owner in its place."""
        return finding.user_name or self.contacts.get(finding.account_id, "")


def address_of(finding: Finding) -> str:
    """Where the finding's owner reads mail: the address itself, that of the IAM user, else of the account's
    contact; "" where none is known.
    """
    if "@" in finding.owner:
        return finding.owner
    named = User.objects.people(finding.account).with_name(finding.owner).exclude(email="").first()
    if named:
        return str(named.email)
    contact = FindingSettings.objects.filter(account=finding.account).first()
    return contact.contact if contact else ""
