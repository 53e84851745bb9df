"""What pages read under an action of this console's own, without an operation."""

from .sufficing import Suffices, page_read

LIST_EVENTS = page_read(
    "iamconsole:ListEvents",
    Suffices("cloudtrail:LookupEvents", "The event history is to this console what CloudTrail is to AWS."),
)
LIST_ACCOUNTS = page_read(
    "iamconsole:ListAccounts",
    Suffices(
        "organizations:ListAccounts",
        "It lists accounts: your own, and those that you can switch to.",
    ),
)
GET_SYSTEM_STATUS = page_read(
    "iamconsole:GetSystemStatus",
    Suffices("", "AWS has nothing that tells how this console itself runs."),
)
LIST_FINDINGS = page_read(
    "iamconsole:ListFindings",
    Suffices("iam:GetAccountSummary", "It tells what is amiss of what its reader can read."),
)
LIST_JOBS = page_read("iamconsole:ListJobs", Suffices("", "AWS has no list of this console's jobs."))
