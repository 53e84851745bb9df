"""Mails to owners: one digest a day at most, about findings of rules that warn or act.

A digest goes when there is something new in it: a finding that the owner was not told of, or one of a rule
that acts in ``acting.LAST`` days. A finding keeps what its owner was told; only what the mail server took
counts.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone

from credentials.notices.mails import describe
from iamconsole.addresses import address_in
from iamconsole.words import plural
from reports.findings import acting
from reports.findings.owners import address_of
from reports.findings.rule import today
from reports.findings.rules import BY_ID
from reports.models import Finding, FindingChange, FindingMail, RuleLevel
from users.models import Account

MOST_ATTEMPTS = 5  # of one day's digest; the next day is another
NO_ADDRESS = "No e-mail address of this owner is known."
NOT_SENT = "This console has no mail server, so mails are only printed."
Level = RuleLevel.Level
log = logging.getLogger(__name__)


def send_due() -> int:
    """Send the digests of today that have something new in them. Returns how many were sent."""
    loud = RuleLevel.objects.filter(level__in=(Level.WARN, Level.ACT)).select_related("account")
    rules: dict[Account, dict[str, RuleLevel]] = defaultdict(dict)
    for level in loud:
        rules[level.account][level.rule] = level
    return sum(send_of(account, levels) for account, levels in rules.items())


def send_of(account: Account, levels: dict[str, RuleLevel]) -> int:
    """The digests of one account: an owner's findings of loud rules, if any of them is news."""
    rows = Finding.objects.to_do().filter(account=account, rule__in=[*levels])
    by_owner: dict[str, list[Finding]] = defaultdict(list)
    for finding in rows.select_related("account", "user").order_by("severity", "due_date", "pk"):
        by_owner[finding.owner].append(finding)
    told_today = FindingMail.objects.filter(account=account, day=today())
    done = {mail.owner for mail in told_today if mail.sent_at or mail.attempts >= MOST_ATTEMPTS}
    news = {owner: found for owner, found in by_owner.items() if any(is_news(one, levels) for one in found)}
    return sum(send(account, owner, found, levels) for owner, found in news.items() if owner not in done)


def is_news(finding: Finding, levels: dict[str, RuleLevel]) -> bool:
    """Whether the owner has not been told of it, or not yet shortly before the rule acts."""
    unplanned = acts(levels[finding.rule]) and finding.act_on is None
    return finding.warned_at is None or unplanned or is_last_call(finding, levels)


def acts(level: RuleLevel) -> bool:
    """Whether the rule does something by itself there."""
    return level.level == Level.ACT and not level.dry_run and bool(BY_ID[level.rule].acts_by)


def is_last_call(finding: Finding, levels: dict[str, RuleLevel]) -> bool:
    """Whether the rule acts soon, and the owner was not told so yet."""
    soon = finding.act_on is not None and finding.act_on <= today() + timedelta(days=acting.LAST)
    return acts(levels[finding.rule]) and soon and finding.last_warned_at is None


def send(account: Account, owner: str, found: list[Finding], levels: dict[str, RuleLevel]) -> bool:
    """Send one digest; whether the mail server took it. A failure is tried again within the hour."""
    mail, _ = FindingMail.objects.get_or_create(
        account=account, owner=owner, day=today(), defaults={"findings": len(found)}
    )
    mail.address, mail.findings = address_of(found[0]), len(found)
    mail.attempts, mail.error = mail.attempts + 1, ""
    if not mail.address or not settings.EMAIL_IS_SENT:
        mail.error = NOT_SENT if mail.address else NO_ADDRESS
        mail.attempts = MOST_ATTEMPTS
    else:
        plan_days(found, levels)
        digest = message(account, mail.address, found)
        try:
            digest.send()
            mail.sent_at = timezone.now()
        except Exception as error:  # whatever the mail server, its name or its certificate has against it
            mail.error = describe(error)
            log.warning("The findings of %s were not sent to an owner: %s", account.account_id, mail.error)
    mail.save()
    if mail.sent_at:
        note_told(found, levels, mail)
    return mail.sent_at is not None


def plan_days(found: Iterable[Finding], levels: dict[str, RuleLevel]) -> None:
    """On which day rules act that do: as the mail says it. A day that is near moves away from a late mail."""
    for finding in found:
        if not acts(levels[finding.rule]):
            finding.act_on = None
        elif finding.act_on is None:
            finding.act_on, finding.warned_at = today() + timedelta(days=acting.FIRST), None
        elif finding.last_warned_at is None:
            finding.act_on = max(finding.act_on, today() + timedelta(days=acting.LAST))


def note_told(found: list[Finding], levels: dict[str, RuleLevel], mail: FindingMail) -> None:
    """Keep what the owner was told of, and on which day the rule acts."""
    now = timezone.now()
    for finding in found:
        last = finding.warned_at is not None and is_last_call(finding, levels)
        if finding.warned_at is None or last:
            FindingChange.objects.create(
                finding=finding, at=now, kind=FindingChange.Kind.WARNED, text=f"Mail to {mail.address}"
            )
        finding.warned_at = finding.warned_at or now
        finding.last_warned_at = now if last else finding.last_warned_at
    Finding.objects.bulk_update(found, ["warned_at", "last_warned_at", "act_on"], batch_size=200)


def message(account: Account, address: str, found: list[Finding]) -> EmailMessage:
    """The digest: what waits, what becomes of it, and where to look."""
    number = plural(len(found), "finding")
    context: dict[str, Any] = {
        "account": account,
        "number": number,
        "lines": [(finding, BY_ID[finding.rule]) for finding in found],
        "url": settings.BASE_URL.rstrip("/") + address_in(account.account_id, "reports:findings"),
    }
    body = render_to_string("reports/findings/digest.txt", context)
    subject = f"[IAM Console] {number} in {account.label}"
    return EmailMessage(" ".join(subject.split()), body, to=[address])
