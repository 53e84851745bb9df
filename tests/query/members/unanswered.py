"""What the model has and no answer does, with the reason. "Operation member" covers what is within the member."""

from collections.abc import Sequence


def of_users(operation: str, user: str, *members: str) -> list[str]:
    return [f"{operation} {user}.{member}" for member in members]


NEVER: dict[str, Sequence[str]] = {
    "AWS lists neither tags nor boundaries with users; GetUser has both (IAM-FACTS 2.2).": [
        *of_users("ListUsers", "Users[]", "PermissionsBoundary", "Tags"),
        *of_users("GetGroup", "Users[]", "PermissionsBoundary", "Tags"),
    ],
    "AWS lists neither tags nor descriptions of policies; GetPolicy has both (IAM-FACTS 2.2, 2.4).": [
        "ListPolicies Policies[].Tags",
        "ListPolicies Policies[].Description",
        "GetAccountAuthorizationDetails Policies[].Description",
    ],
    "A user who was just created has no password.": ["CreateUser User.PasswordLastUsed"],
    "CreatePolicy leaves the description out; GetPolicy has it (IAM-FACTS 2.4).": [
        "CreatePolicy Policy.Description",
    ],
    "AWS answers no document there (IAM-FACTS 2.4).": [
        "CreatePolicyVersion PolicyVersion.Document",
        "ListPolicyVersions Versions[].Document",
    ],
    "A new device is nobody's.": [
        "CreateVirtualMFADevice VirtualMFADevice.User",
        "CreateVirtualMFADevice VirtualMFADevice.EnableDate",
    ],
    "Secrets are answered once, and AWS lists no tags of devices (IAM-FACTS 5.1).": [
        "ListVirtualMFADevices VirtualMFADevices[].Base32StringSeed",
        "ListVirtualMFADevices VirtualMFADevices[].QRCodePNG",
        "ListVirtualMFADevices VirtualMFADevices[].Tags",
    ],
    "AWS names the owner of a device by path, name, ID, ARN and date (IAM-FACTS 5.1).": [
        *of_users(
            "ListVirtualMFADevices",
            "VirtualMFADevices[].User",
            "PasswordLastUsed",
            "PermissionsBoundary",
            "Tags",
        ),
    ],
    "Roles stay at AWS: none is listed here.": [
        *(
            f"GetAccountAuthorizationDetails RoleDetailList[].{member}"
            for member in (
                "Path",
                "RoleName",
                "RoleId",
                "Arn",
                "CreateDate",
                "AssumeRolePolicyDocument",
                "InstanceProfileList",
                "RolePolicyList",
                "AttachedManagedPolicies",
                "PermissionsBoundary",
                "Tags",
                "RoleLastUsed",
            )
        ),
        "ListEntitiesForPolicy PolicyRoles[].RoleName",
        "ListEntitiesForPolicy PolicyRoles[].RoleId",
    ],
    "An account has one alias, which fits on a page.": ["ListAccountAliases Marker"],
    "A job of a local account is complete as soon as it is asked for, and never fails.": [
        "GetServiceLastAccessedDetails Error",
        "GetServiceLastAccessedDetailsWithEntities Error",
    ],
    "Only accounts of an organization have it (IAM-FACTS 8.7), and a local account is in none.": [
        "SimulateCustomPolicy EvaluationResults[].OrganizationsDecisionDetail",
        "SimulatePrincipalPolicy EvaluationResults[].OrganizationsDecisionDetail",
    ],
    "Only with session policies or tags, which are refused (IAM-FACTS 11.1).": [
        "AssumeRole PackedPolicySize"
    ],
    "Sessions of this console's roles carry no source identity.": ["AssumeRole SourceIdentity"],
    "Members of 2026 about the length of tokens, which are this console's own; what AWS counts is not known.": [
        f"{operation} {member}"
        for operation in ("AssumeRole", "GetSessionToken")
        for member in ("SessionTokenSize", "SessionTokenUtilization")
    ],
}
