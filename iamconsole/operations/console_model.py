"""What IAM has no operation for, described in botocore's own format.

The same validation, authorization and audit serve these operations; policies name them with the
service prefix ``iamconsole:``.
"""

from typing import Any


def text(minimum: int = 0, maximum: int = 2048, pattern: str = "", **more: Any) -> dict[str, Any]:
    shape = {"type": "string", "min": minimum, "max": maximum, **more}
    return {**shape, "pattern": pattern} if pattern else shape


SHAPES: dict[str, Any] = {
    "accountIdType": text(12, 12, "[0-9]{12}"),
    "nameType": text(1, 128, r"[\w+=,.@-]+"),
    "accountNameType": text(1, 63),
    "shownNameType": text(0, 63),
    "methodType": {"type": "string", "enum": ["default", "profile", "role", "key"]},
    "partitionType": text(3, 16, "aws[a-z-]*"),
    "unitIdType": text(6, 68, "(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})"),
    "roleWithPathType": text(1, 512, r"[\w+=,.@-]+(/[\w+=,.@-]+)*"),
    "noExternalIdType": text(0, 1224, r"[\w+=,.@:\/-]*"),
    "rootCredentialType": {
        "type": "string",
        "enum": ["password", "access-keys", "signing-certificates", "mfa-devices"],
    },
    "momentType": text(0, 40, r"[0-9T:+.Z-]*"),
    "profileType": text(1, 128, r"[\w.@/ -]+"),
    "arnType": text(20, 2048),
    "externalIdType": text(2, 1224, r"[\w+=,.@:\/-]*"),
    "idType": text(1, 64, r"[\w-]+"),
    "roleNameType": {"type": "string", "enum": ["IamConsoleAdministrator", "IamConsoleAuditor"]},
    "colourType": {"type": "integer", "min": 1, "max": 8},
    "booleanType": {"type": "boolean"},
    "countType": {"type": "long", "min": 0},
    "passwordType": text(1, 128, r"[\t\n\r\u0020-\u00FF]+", sensitive=True),
    "userNameType": text(1, 128, r"[\w+=,.@-]+"),
    "hoursType": {"type": "integer", "min": 1, "max": 72},
    # The digest of a link's token: as good as the token to whoever can set a session.
    "linkDigestType": text(64, 64, "[0-9a-f]+", sensitive=True),
    "serialNumberType": text(9, 256, r"[\w+=/:,.@-]+"),
    "hardwareSerialType": text(9, 256, r"[\w+=,.@-]+"),
    "seedType": text(16, 256, sensitive=True),
    "authenticationCodeType": text(6, 6, r"[\d]+"),
    "challengeType": text(1, 128, sensitive=True),
    "credentialType": text(2, 20_000, sensitive=True),
    # Left out of Events: an Event tells the file's size and digest.
    "reportContentType": {"type": "blob", "sensitive": True},
    "userTypeType": {"type": "string", "enum": ["person", "workload", "unset"]},
    "emailType": text(0, 254),
    "emailTokenType": text(1, 1024, sensitive=True),
    "ownerType": text(0, 128, r"[^\x00-\x1f\x7f]*"),
    "dayType": text(0, 10),
    "requestTextType": text(1, 1000, r"[^\x00-\x08\x0b-\x1f\x7f]*"),
    "requestNoteType": text(0, 1000, r"[^\x00-\x08\x0b-\x1f\x7f]*"),
    "actionNameType": text(0, 193, r"([A-Za-z0-9.-]{1,64}:[A-Za-z0-9]{1,128})?"),
    "anyResourceType": text(0, 2048, r"[^\x00-\x1f\x7f]*"),
    "accessKeyIdType": text(16, 128, r"[\w]+"),
    "keptKindType": text(1, 32, "[a-z-]+"),
    "secondsType": {"type": "integer", "min": 0, "max": 86_400},
    "acrossListType": {
        "type": "string",
        "enum": [
            "accounts",
            "users",
            "access-keys",
            "findings",
            "credential-reports",
            "search",
            "who-can",
        ],
    },
    "acrossFormType": {"type": "string", "enum": ["page", "exact", "spreadsheet", "json"]},
    "filtersType": text(0, 2048),
    "secretAccessKeyType": text(16, 128, r"[\w+/=-]+", sensitive=True),
    "policyRowsType": text(2, 100_000_000, sensitive=True),
    "sourceType": text(1, 1024),
    "findingTextType": text(1, 2000, r"[^\x00-\x08\x0b-\x1f\x7f]*"),
    "ticketType": text(0, 500, r"[^\x00-\x20\x7f]*"),
    "ruleType": text(1, 64, "[a-z0-9-]+"),
    "ruleLevelType": {"type": "string", "enum": ["off", "report", "warn", "act"]},
    "handOverType": {"type": "string", "enum": ["starter", "owner"]},
    "rotationStateType": {
        "type": "string",
        "enum": ["room", "create", "hand-over", "new-use", "old-quiet", "inactive"],
    },
    "rotationDaysType": {"type": "integer", "min": 0, "max": 365},
    "campaignNameType": text(1, 128, r"[^\x00-\x1f\x7f]*"),
    "syncHoursType": {"type": "integer", "min": 0, "max": 24},
    "emptyResponse": {"type": "structure", "members": {}},
}
OPERATIONS: dict[str, Any] = {}


def declare(operation: str, required: dict[str, str], optional: dict[str, str] | None = None) -> None:
    """One operation: its members by name, with the shape of each."""
    members = {**required, **(optional or {})}
    SHAPES[f"{operation}Request"] = {
        "type": "structure",
        "required": list(required),
        "members": {name: {"shape": shape} for name, shape in members.items()},
    }
    OPERATIONS[operation] = {
        "name": operation,
        "http": {"method": "POST", "requestUri": "/"},
        "input": {"shape": f"{operation}Request"},
        "output": {"shape": "emptyResponse"},
    }


declare("SignIn", {})
declare("SignOut", {})
# A password (and code) asked for again before secrets and MFA.
declare("Reauthenticate", {})
# Of the caller's own user where none is named, root too.
declare("ListSessions", {}, {"UserName": "nameType"})
declare("RevokeSession", {"SessionId": "idType"}, {"UserName": "nameType"})
declare(
    "RevokeSessions",
    {},
    {"UserName": "nameType", "KeepCurrent": "booleanType", "OnlyTemporaryCredentials": "booleanType"},
)
# At AWS it is PutUserPolicy with a document of the moment.
declare("RevokeActiveSessions", {"UserName": "nameType"})
declare("SwitchAccount", {"AccountId": "accountIdType", "RoleName": "roleNameType"})
ACCESS = {
    # Of an account that is not here yet, where no role's ARN names it; without it: the home account's.
    "Partition": "partitionType",
    "Profile": "profileType",
    "RoleArn": "arnType",
    "ExternalId": "externalIdType",
    "AccessKeyId": "accessKeyIdType",
    "SecretAccessKey": "secretAccessKeyType",
}
declare(
    "LinkAccount",
    {"AccountId": "accountIdType", "Method": "methodType"},
    {"AccountName": "accountNameType", **ACCESS},
)
declare("UpdateLink", {"AccountId": "accountIdType", "Method": "methodType"}, ACCESS)
# Without a method: the link that the account has.
declare("TestLink", {"AccountId": "accountIdType"}, {"Method": "methodType", **ACCESS})
# Hours between syncs that start by themselves; 0: none do.
declare("UpdateSyncSchedule", {"AccountId": "accountIdType", "SyncEvery": "syncHoursType"})
# An organization of AWS's, one of each partition. AccountId: the linked account whose link reads it.
declare("ReadOrganization", {"Partition": "partitionType"}, {"AccountId": "accountIdType"})
# SeenUntil: accounts found until then are no longer new.
declare(
    "UpdateOrganization",
    {"Partition": "partitionType"},
    {
        "RoleName": "roleWithPathType",
        "ExternalId": "noExternalIdType",
        "ReadEvery": "syncHoursType",
        "SeenUntil": "momentType",
    },
)
# Root users of member accounts. Without AccountId: of all.
declare("AuditRootUserCredentials", {}, {"AccountId": "accountIdType"})
declare("DeleteRootUserCredentials", {"AccountId": "accountIdType", "Credential": "rootCredentialType"})
declare("AllowRootPasswordRecovery", {"AccountId": "accountIdType"})
# An account of the console's own, beside the home account.
declare("CreateAccount", {"AccountId": "accountIdType"}, {"AccountName": "accountNameType"})
declare("DeleteAccount", {"AccountId": "accountIdType"})
# AWS managed policies for all local accounts; the documents are AWS's, so only their ARNs are in the Event.
declare(
    "LoadManagedPolicies",
    {"Policies": "policyRowsType", "Source": "sourceType"},
    {"Replace": "booleanType"},
)
# Keep: what is known of it stays, read-only.
declare("UnlinkAccount", {"AccountId": "accountIdType"}, {"Keep": "booleanType"})
declare(
    "ImportAccount",
    {"AccountId": "accountIdType", "Content": "reportContentType"},
    {"AccountName": "accountNameType"},
)
declare("RemoveImportedAccount", {"AccountId": "accountIdType"})
declare("ListAccounts", {})
# One list of several accounts, AWS knows none. AccountId: only that one of them. OrganizationalUnitId: those
# in that unit and below it.
declare(
    "ListAcrossAccounts",
    {"List": "acrossListType"},
    {
        "AccountId": "accountIdType",
        "OrganizationalUnitId": "unitIdType",
        "Form": "acrossFormType",
        "Filters": "filtersType",
    },
)
# IAM has no switch for it: one attaches a policy that denies everything without MFA.
declare("UpdateMFARequirement", {"Required": "booleanType"}, {"GroupName": "nameType"})
# How the console shows an account: nothing of it is known to AWS.
declare(
    "UpdateAccount",
    {"AccountId": "accountIdType"},
    {"AccountName": "shownNameType", "Colour": "colourType"},
)
# RemoveMany: also remove what a suddenly much shorter listing lacks.
# Scheduled: nobody asked for it now.
declare("ReadLastAccessed", {"Arn": "arnType"})
declare("SyncAccount", {}, {"RemoveMany": "booleanType", "Scheduled": "booleanType"})
# AWS's console makes the key pair in the browser; IAM itself only takes certificates.
declare("CreateSigningCertificate", {"UserName": "nameType"})
# Known to the console only: whether a person or a program is behind a user, and where to write to.
declare(
    "UpdateUserProfile",
    {},
    {"UserName": "nameType", "UserType": "userTypeType", "EmailAddress": "emailType"},
)
# Of the caller's own user: the mail with the link, and what the link says.
declare("SendEmailConfirmation", {})
declare("RequestTestMail", {})
declare("ConfirmEmailAddress", {"Token": "emailTokenType"})
declare(
    "UpdateAccessKeyDetails",
    {"AccessKeyId": "accessKeyIdType"},
    {"UserName": "nameType", "Owner": "ownerType", "ReviewDate": "dayType"},
)
# A new key in place of an old one, step by step; the keys themselves change by IAM's own operations.
# RoomId: the key to remove first where both slots are taken. NewId: a key that is there already, as the new
# one.
# HandOver: who gets the new secret. CampaignId: one of several.
declare(
    "StartRotation",
    {"KeyId": "accessKeyIdType"},
    {
        "UserName": "nameType",
        "RoomId": "accessKeyIdType",
        "NewId": "accessKeyIdType",
        "HandOver": "handOverType",
        "QuietDays": "rotationDaysType",
        "KeptDays": "rotationDaysType",
        "CampaignId": "idType",
    },
)
declare(
    "StartCampaign",
    {"CampaignName": "campaignNameType"},
    {"QuietDays": "rotationDaysType", "KeptDays": "rotationDaysType"},
)
# State: where the person saw it, so that no later step is meant by mistake. InUse: the ID of the key that is
# deactivated though it is in use, typed by whoever does it.
declare(
    "ContinueRotation",
    {"RotationId": "idType", "State": "rotationStateType"},
    {"InUse": "accessKeyIdType"},
)
declare("ConfirmRotation", {"RotationId": "idType"})
# The owner gets a mail that the secret waits; again where it was lost.
declare("HandOverRotation", {"RotationId": "idType"})
# The new secret, once, by its owner: signed in, or by the link of that mail.
declare("TakeRotationSecret", {"RotationId": "idType"}, {"Token": "emailTokenType"})
# A secret that nobody took: the new key goes, and another one is created.
declare("ReplaceRotationKey", {"RotationId": "idType"})
declare("PauseRotation", {"RotationId": "idType"})
declare("ResumeRotation", {"RotationId": "idType"})
# UserName: whom it is given to, in the account of the caller's own; without it the caller takes it over.
declare("GiveRotation", {"RotationId": "idType"}, {"UserName": "nameType"})
# The old key becomes active again, and the rotation waits again until it is quiet.
declare("UndoRotation", {"RotationId": "idType"})
declare("CancelRotation", {"RotationId": "idType"})
declare("ListRotations", {})
# What a user asks the administrators for; it gives nothing by itself.
declare("ListPermissionRequests", {})
declare("ListKeptData", {})
# Old rows of one kind or of all; after so many seconds the rest is left to the next run.
declare("Prune", {}, {"Kind": "keptKindType", "Seconds": "secondsType"})
declare(
    "RequestPermission",
    {"Text": "requestTextType"},
    {"Action": "actionNameType", "Resource": "anyResourceType"},
)
declare("WithdrawPermissionRequest", {})
declare("AnswerPermissionRequest", {"RequestId": "idType"}, {"Note": "requestNoteType"})
declare("DeclinePermissionRequest", {"RequestId": "idType"}, {"Note": "requestNoteType"})
# Findings are known to the console only, whatever the kind of account.
declare("ListFindings", {})
declare("AcknowledgeFinding", {"FindingId": "idType"})
declare("UnacknowledgeFinding", {"FindingId": "idType"})
# "": whoever it would be by itself.
declare("AssignFinding", {"FindingId": "idType", "Owner": "ownerType"})
declare("SetFindingDueDate", {"FindingId": "idType", "DueDate": "dayType"})
declare("SetFindingTicket", {"FindingId": "idType", "Ticket": "ticketType"})
declare("CommentOnFinding", {"FindingId": "idType", "Text": "findingTextType"})
EXEMPTION = {"FindingId": "idType", "Reason": "findingTextType", "EndsOn": "dayType"}
declare("ProposeExemption", EXEMPTION)
declare("ExemptFinding", EXEMPTION)
declare("EndExemption", {"FindingId": "idType"})
# DryRun false: somebody has seen what the rule would do, and wants it done.
declare("SetRuleLevel", {"Rule": "ruleType", "Level": "ruleLevelType"}, {"DryRun": "booleanType"})
declare(
    "AttestControl",
    {"Rule": "ruleType", "Holds": "booleanType", "Text": "findingTextType", "EndsOn": "dayType"},
)
declare("WithdrawAttestation", {"Rule": "ruleType"})
declare("UpdateFindingSettings", {}, {"Contact": "emailType", "SecondPerson": "booleanType"})
declare("SetBreakGlass", {"UserName": "nameType", "BreakGlass": "booleanType"})
declare("ListJobs", {})
# A job of many operations has no single permission: its starter may cancel it, others need this one.
declare("CancelJob", {"JobId": "idType"})
# The same for what becomes of a job that stopped half-way.
declare("ContinueJob", {"JobId": "idType"})
declare("UndoJob", {"JobId": "idType"})
declare("CloseJob", {"JobId": "idType"})
declare("ListEvents", {})
declare("ListCredentialReports", {})
declare("DownloadCredentialReport", {"ReportId": "idType"})
# A user who was held for too many wrong guesses may try again.
declare("ReleaseUser", {"UserName": "nameType"})
declare("ResetRootPassword", {}, {"RemoveMFA": "booleanType"})
# What commands on the machine have done: the events are all there is.
BACKUP = {"TakenAt": "momentType", "Rows": "countType", "WithKeys": "booleanType"}
declare("RecordBackup", {**BACKUP, "Bytes": "countType"})
declare("RecordRestore", BACKUP)
# Root is no IAM user: IAM's ChangePassword and EnableMFADevice do not reach it, AWS's console does.
declare("ChangeRootPassword", {"OldPassword": "passwordType", "NewPassword": "passwordType"})
declare(
    "EnableRootMFADevice",
    {
        "SerialNumber": "serialNumberType",
        "AuthenticationCode1": "authenticationCodeType",
        "AuthenticationCode2": "authenticationCodeType",
    },
)
declare("DeactivateRootMFADevice", {"SerialNumber": "serialNumberType"})
# A link with which a user chooses a password alone: IAM knows only passwords that somebody else made.
declare("CreatePasswordLink", {"UserName": "userNameType"}, {"Hours": "hoursType"})
declare("DeletePasswordLink", {"UserName": "userNameType"})
declare(
    "SetPasswordByLink",
    {"UserName": "userNameType", "LinkDigest": "linkDigestType", "NewPassword": "passwordType"},
)
# AWS gets the seeds of hardware tokens from their makers; here they are brought along.
declare("RegisterHardwareMFADevice", {"SerialNumber": "hardwareSerialType", "Seed": "seedType"})
declare("RemoveHardwareMFADevice", {"SerialNumber": "hardwareSerialType"})
# Codes for the day a device is lost. Users make and use only their own.
declare("CreateRecoveryCodes", {})
declare("DeleteRecoveryCodes", {}, {"UserName": "nameType"})
declare("UseRecoveryCode", {})

# AWS's own console enrols passkeys; its API cannot. Challenge and credential stay out of Events.
declare(
    "EnablePasskey",
    {"DeviceName": "nameType", "Challenge": "challengeType", "Credential": "credentialType"},
)

CONSOLE_MODEL: dict[str, Any] = {
    "version": "2.0",
    "metadata": {
        "apiVersion": "2026-11-23",
        "endpointPrefix": "iamconsole",
        "protocol": "query",
        "serviceId": "IAM Console",
        "signatureVersion": "v4",
    },
    "operations": OPERATIONS,
    "shapes": SHAPES,
}
