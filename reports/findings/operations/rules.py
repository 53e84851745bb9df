"""How far rules go in an account, what people attest, and whom findings without an owner belong to."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, Undo, lasts, operation
from iamconsole.operations.door import READ_ONLY
from reports.findings import due
from reports.findings.days import end_of
from reports.findings.operations.findings import known_rule
from reports.findings.rules import BY_ID
from reports.models import Attestation, Finding, FindingSettings, RuleLevel
from users.lookups import lock_account
from users.models import Account

Level = RuleLevel.Level
MOST_DAYS = 366
NEVER_ACTS = "The rule “{title}” never acts: nothing of it could be undone. Choose off, report or warn."
NOT_ATTESTED = "The control “{title}” is checked by this console. Only what it cannot check is attested."
NOTHING_ATTESTED = "Nobody has attested this control. There is nothing to withdraw."
NO_CONTACT = (
    "{contact} is not an e-mail address. Enter the address of the person who answers for this account."
)


class OfAccount(Operation):
    """About the account, which is locked."""

    def resources(self, call: Call) -> Sequence[str]:
        return [call.caller.arns.root]

    def lock(self, call: Call) -> None:
        lock_account(call)


def level_of(account: Account, rule: str) -> tuple[str, bool]:
    """How far a rule goes in an account, and whether only as a dry run."""
    row = RuleLevel.objects.filter(account=account, rule=rule).first()
    return (row.level, row.dry_run) if row else (Level.REPORT, True)


@operation("iamconsole:SetRuleLevel")
class SetRuleLevel(OfAccount):
    """Off, report, warn or act. Findings of a rule that is switched off are withdrawn within a minute; they
    wait again when it is switched on. ``DryRun`` false lets it act; without it "act" only tells.
    """

    def undo(self, call: Call) -> Undo:
        account = Account.objects.filter(account_id=call.account_id).first()
        if account is None:
            return []
        now = level_of(account, call.params["Rule"])
        wanted = call.params["Level"], call.param("DryRun", True)
        back = {"Rule": call.params["Rule"], "Level": now[0], "DryRun": now[1]}
        return [(self.name, back)] if now != wanted else []

    def check(self, call: Call) -> None:
        rule = BY_ID[known_rule(call.params["Rule"])]
        if call.params["Level"] == Level.ACT and not rule.acts_by:
            raise IamError("InvalidInput", NEVER_ACTS.format(title=rule.title))
        if call.params["Level"] == Level.ACT and call.caller.read_only:
            raise IamError("UnmodifiableEntity", READ_ONLY)

    def write(self, call: Call, facts: Facts) -> None:
        row = RuleLevel.objects.filter(account=call.account, rule=call.params["Rule"]).first()
        row = row or RuleLevel(account=call.account, rule=call.params["Rule"])
        row.level, row.dry_run = call.params["Level"], call.param("DryRun", True)
        if row.level != Level.REPORT:
            row.save()
        elif row.pk:
            row.delete()
        plans = Finding.objects.filter(account=call.account, rule=row.rule, act_on__isnull=False)
        plans.update(act_on=None, last_warned_at=None)  # who was told of a day is told anew
        due.mark([call.account])


@operation("iamconsole:AttestControl")
class AttestControl(OfAccount):
    """A person's word, until a day, that a control holds or does not hold which this console cannot check."""

    lasting = "Withdraw it on the page of its standard."

    def check(self, call: Call) -> None:
        rule = BY_ID[known_rule(call.params["Rule"])]
        if not rule.attested:
            raise IamError("InvalidInput", NOT_ATTESTED.format(title=rule.title))
        call.found["day"] = end_of(call.params["EndsOn"], "end date of the attestation", MOST_DAYS)

    def write(self, call: Call, facts: Facts) -> None:
        Attestation.objects.create(
            account=call.account,
            rule=call.params["Rule"],
            holds=call.params["Holds"],
            text=call.params["Text"],
            by_arn=call.caller.arn,
            at=call.now,
            ends_on=call.found["day"],
        )
        due.mark([call.account])


@operation("iamconsole:WithdrawAttestation")
class WithdrawAttestation(OfAccount):
    """All of them for a control: it is not known any more."""

    lasting = lasts.HAPPENED

    def write(self, call: Call, facts: Facts) -> None:
        rule = known_rule(call.params["Rule"])
        valid = Attestation.objects.filter(account=call.account, rule=rule, withdrawn_at=None)
        if not valid.update(withdrawn_at=call.now):
            raise IamError("NoSuchEntity", NOTHING_ATTESTED)
        due.mark([call.account])


@operation("iamconsole:UpdateFindingSettings")
class UpdateFindingSettings(OfAccount):
    """Who hears of findings without another owner, and whether exemptions take two people. What is left out
    stays.
    """

    def undo(self, call: Call) -> Undo:
        row = FindingSettings.objects.filter(account__account_id=call.account_id).first() or FindingSettings()
        now = {"Contact": row.contact, "SecondPerson": row.second_person}
        back = {name: value for name, value in now.items() if call.params.get(name, value) != value}
        return [(self.name, {**call.params, **back})] if back else []

    def check(self, call: Call) -> None:
        if contact := call.param("Contact", ""):
            try:
                validate_email(contact)
            except ValidationError:
                raise IamError("InvalidInput", NO_CONTACT.format(contact=contact)) from None

    def write(self, call: Call, facts: Facts) -> None:
        row = FindingSettings.objects.filter(account=call.account).first()
        row = row or FindingSettings(account=call.account)
        row.contact = call.param("Contact", row.contact)
        row.second_person = call.param("SecondPerson", row.second_person)
        if row.contact or row.second_person:
            row.save()
        elif row.pk:
            row.delete()
        due.mark([call.account])
