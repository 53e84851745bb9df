"""What the model has and no answer does, with the reason. "Operation member" covers what is within the member."""

from collections.abc import Iterable


def members(operation: str, path: str, *names: str) -> list[str]:
    return [f"{operation} {path}.{name}" for name in names]


OF_NO_ROLE = ("PermissionsBoundary", "RoleLastUsed.LastUsedDate", "RoleLastUsed.Region")

NEVER: dict[str, Iterable[str]] = {
    "AWS lists neither tags nor boundaries with users; GetUser has both (IAM-FACTS 2.2).": [
        *members("ListUsers", "Users[]", "PermissionsBoundary", "Tags"),
        *members("GetGroup", "Users[]", "PermissionsBoundary", "Tags"),
    ],
    "AWS lists neither tags nor descriptions of policies; GetPolicy has both (IAM-FACTS 2.2, 2.4).": [
        *members("ListPolicies", "Policies[]", "Tags", "Description"),
        *members("GetAccountAuthorizationDetails", "Policies[]", "Description"),
    ],
    "A user who was just created has no password.": ["CreateUser User.PasswordLastUsed"],
    "CreatePolicy leaves the description out; GetPolicy has it (IAM-FACTS 2.4).": [
        "CreatePolicy Policy.Description",
    ],
    "AWS answers no document there (IAM-FACTS 2.4).": [
        "CreatePolicyVersion PolicyVersion.Document",
        "ListPolicyVersions Versions[].Document",
    ],
    "A new device is nobody's.": members("CreateVirtualMFADevice", "VirtualMFADevice", "User", "EnableDate"),
    "Secrets are answered once, and AWS lists no tags of devices (IAM-FACTS 5.1).": members(
        "ListVirtualMFADevices", "VirtualMFADevices[]", "Base32StringSeed", "QRCodePNG", "Tags"
    ),
    "AWS names the owner of a device by path, name, ID, ARN and date (IAM-FACTS 5.1).": members(
        "ListVirtualMFADevices",
        "VirtualMFADevices[].User",
        "PasswordLastUsed",
        "PermissionsBoundary",
        "Tags",
    ),
    "An account has one alias, which fits on a page.": ["ListAccountAliases Marker"],
    "A job of a local account is complete as soon as it is asked for, and never fails.": [
        "GetServiceLastAccessedDetails Error",
        "GetServiceLastAccessedDetailsWithEntities Error",
    ],
    "Only accounts of an organization have it (IAM-FACTS 8.7), and a local account is in none.": [
        f"{operation} EvaluationResults[].OrganizationsDecisionDetail"
        for operation in ("SimulateCustomPolicy", "SimulatePrincipalPolicy")
    ],
    "Sessions of this console's roles carry no source identity.": ["AssumeRole SourceIdentity"],
    "Members of 2026 about the length of tokens, which are this console's own; what AWS counts is not known.": [
        f"{operation} {member}"
        for operation in ("AssumeRole", "GetFederationToken", "GetSessionToken")
        for member in ("SessionTokenSize", "SessionTokenUtilization")
    ],
    "Roles of a local account are virtual: without boundary, tags and attached policies, and made of no template.": [
        *members("GetRole", "Role", "SourceRoleTemplate", "Tags", *OF_NO_ROLE),
        *members("ListRoles", "Roles[]", "SourceRoleTemplate", "Tags", "RoleLastUsed", *OF_NO_ROLE[:1]),
        *members("GetAccountAuthorizationDetails", "RoleDetailList[]", *OF_NO_ROLE),
        "GetAccountAuthorizationDetails RoleDetailList[].AttachedManagedPolicies[]",
        "GetAccountAuthorizationDetails RoleDetailList[].InstanceProfileList[]",
        "GetAccountAuthorizationDetails RoleDetailList[].Tags[]",
        "ListAttachedRolePolicies AttachedPolicies[]",
        "ListEntitiesForPolicy PolicyRoles[]",
        "ListRoleTags Tags[]",
        *(
            f"{operation} Marker"
            for operation in ("ListAttachedRolePolicies", "ListRolePolicies", "ListRoleTags")
        ),
    ],
    "A local account has no instance profiles and no identity providers: lists are empty, the others refused.": [
        "GetInstanceProfile InstanceProfile",
        *(
            f"{operation} {member}"
            for operation in ("ListInstanceProfiles", "ListInstanceProfilesForRole")
            for member in ("InstanceProfiles[]", "Marker")
        ),
        *(
            f"{operation} {member}"
            for operation in (
                "ListInstanceProfileTags",
                "ListOpenIDConnectProviderTags",
                "ListSAMLProviderTags",
            )
            for member in ("IsTruncated", "Marker", "Tags")
        ),
        "ListOpenIDConnectProviders OpenIDConnectProviderList[]",
        "ListSAMLProviders SAMLProviderList[]",
        *(
            f"GetOpenIDConnectProvider {member}"
            for member in ("ClientIDList", "CreateDate", "Tags", "ThumbprintList", "Url")
        ),
        *(
            f"GetSAMLProvider {member}"
            for member in (
                "AssertionEncryptionMode",
                "CreateDate",
                "PrivateKeyList",
                "SAMLMetadataDocument",
                "SAMLProviderUUID",
                "Tags",
                "ValidUntil",
            )
        ),
    ],
}
