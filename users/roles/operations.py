"""Reads of roles, instance profiles and identity providers, so that auditing tools run through.

A local account has the two roles of ``virtual`` and nothing else of these. For a linked account AWS is asked
(``at_aws``), and of an imported one they are not known. What changes them is done at AWS.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import ClassVar

from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, operation
from iamconsole.operations.caller import Context
from iamconsole.operations.paging import Sorted, page
from iamconsole.operations.resource_tags import tag_keys, tags_in
from users.lookups import find_account
from users.roles import at_aws
from users.roles.at_aws import check_known
from users.roles.virtual import PATH, VirtualRole, role_named, roles_of


@dataclass(frozen=True, slots=True)
class Kind:
    """What one is called in ARNs and in sentences, which parameter names it, and how AWS is asked about it.

    ``get`` is the operation, ``member`` the part of its answer with ARN and tags, "" for the answer itself;
    ``missing`` the sentence where there is none.
    """

    name: str
    several: str
    parameter: str
    get: str
    member: str
    missing: str

    def absent(self, value: str) -> IamError:
        return IamError("NoSuchEntity", self.missing.format(value))


ROLE = Kind("role", "roles", "RoleName", "GetRole", "Role", "The role with name {} cannot be found.")
PROFILE = Kind(
    "instance-profile",
    "instance profiles",
    "InstanceProfileName",
    "GetInstanceProfile",
    "InstanceProfile",
    "Instance Profile {} cannot be found.",
)
SAML = Kind(
    "saml-provider",
    "SAML providers",
    "SAMLProviderArn",
    "GetSAMLProvider",
    "",
    "Manifest not found for arn {}",
)
OIDC = Kind(
    "oidc-provider",
    "OpenID Connect providers",
    "OpenIDConnectProviderArn",
    "GetOpenIDConnectProvider",
    "",
    "OpenIDConnect Provider not found for arn {}",
)


class KindRead(Operation):
    """A read of one kind. ``here`` answers it in a local account."""

    reads = True
    kind: ClassVar[Kind]

    def read(self, call: Call) -> Facts:
        caller = call.caller
        check_known(caller, self.kind.several)
        if caller.link is None:
            return self.here(call)
        if error := call.found.get("unanswered"):
            raise error
        return at_aws.asked(caller, self.name, call.params)

    def here(self, call: Call) -> Facts:
        """The answer of a local account. Raises NoSuchEntity."""
        raise self.kind.absent(call.params[self.kind.parameter])


class ThingRead(KindRead):
    """About one role, profile or provider, by which it is judged: its ARN and its tags."""

    def resources(self, call: Call) -> Sequence[str]:
        given = call.params[self.kind.parameter]
        if given.startswith("arn:"):
            return [given]
        return [self.thing(call).get("Arn") or f"{_account_arn(call)}{self.kind.name}/{given}"]

    def context(self, call: Call) -> Context:
        return tag_keys(self.kind.name, tags_in(self.thing(call)))

    def thing(self, call: Call) -> Facts:
        """ARN and tags of what is meant; nothing where there is none. AWS is asked once, and where it does
        not answer the read fails too: nobody knows then what the caller's policies would say.
        """
        if "thing" not in call.found:
            call.found["thing"] = self._thing(call)
        thing: Facts = call.found["thing"]
        return thing

    def _thing(self, call: Call) -> Facts:
        given = call.params[self.kind.parameter]
        if call.caller.link is None:
            return {}
        try:
            answer = at_aws.asked(call.caller, self.kind.get, {self.kind.parameter: given})
        except IamError as error:
            if error.code != "NoSuchEntity":
                call.found["unanswered"] = error
            return {}
        return answer[self.kind.member] if self.kind.member else answer


class KindList(KindRead):
    """All of a kind; on what AWS judges lists of providers is not known (``operations.listed``)."""

    member: ClassVar[str]

    def here(self, call: Call) -> Facts:
        return page(call, Sorted(self.member, []))


def _account_arn(call: Call) -> str:
    """What comes before the kind in the ARNs of the account."""
    return call.caller.arns.root.removesuffix("root")


class RoleRead(ThingRead):
    """About a role; ``member`` is the list of the answer."""

    kind = ROLE
    member: ClassVar[str] = ""

    def here(self, call: Call) -> Facts:
        return self.of_role(found_role(call), call)

    def of_role(self, role: VirtualRole, call: Call) -> Facts:
        """The answer about a console role: nothing that can be listed of one."""
        return page(call, Sorted(self.member, []))


def found_role(call: Call) -> VirtualRole:
    """The console role that RoleName names, without regard to case. Raises NoSuchEntity."""
    name = call.params["RoleName"]
    role = role_named(find_account(call.account_id), name)
    if role is None:
        raise ROLE.absent(name)
    return role


@operation("ListRoles")
class ListRoles(KindList):
    kind, member = ROLE, "Roles"
    lists = ROLE.name

    def here(self, call: Call) -> Facts:
        roles = roles_of(find_account(call.account_id))
        listed = [role for role in roles if PATH.startswith(call.param("PathPrefix", PATH))]
        return page(call, Sorted(self.member, listed, attrgetter("key"), VirtualRole.facts))


@operation("GetRole")
class GetRole(RoleRead):
    def of_role(self, role: VirtualRole, call: Call) -> Facts:
        return {"Role": {**role.facts(), "RoleLastUsed": {}}}


@operation("ListRolePolicies")
class ListRolePolicies(RoleRead):
    def of_role(self, role: VirtualRole, call: Call) -> Facts:
        return page(call, Sorted("PolicyNames", [role.name]))


@operation("GetRolePolicy")
class GetRolePolicy(RoleRead):
    def of_role(self, role: VirtualRole, call: Call) -> Facts:
        name = call.params["PolicyName"]
        if name.lower() != role.name.lower():
            raise IamError("NoSuchEntity", f"The role policy with name {name} cannot be found.")
        return {"RoleName": role.name, "PolicyName": role.name, "PolicyDocument": role.document}


@operation("ListAttachedRolePolicies")
class ListAttachedRolePolicies(RoleRead):
    member = "AttachedPolicies"


@operation("ListRoleTags")
class ListRoleTags(RoleRead):
    member = "Tags"


@operation("ListInstanceProfilesForRole")
class ListInstanceProfilesForRole(RoleRead):
    member = "InstanceProfiles"


@operation("ListInstanceProfiles")
class ListInstanceProfiles(KindList):
    kind, member = PROFILE, "InstanceProfiles"
    lists = PROFILE.name


@operation("GetInstanceProfile")
class GetInstanceProfile(ThingRead):
    kind = PROFILE


@operation("ListInstanceProfileTags")
class ListInstanceProfileTags(ThingRead):
    kind = PROFILE


@operation("ListSAMLProviders")
class ListSAMLProviders(KindList):
    kind, member = SAML, "SAMLProviderList"


@operation("GetSAMLProvider")
class GetSAMLProvider(ThingRead):
    kind = SAML


@operation("ListSAMLProviderTags")
class ListSAMLProviderTags(ThingRead):
    kind = SAML


@operation("ListOpenIDConnectProviders")
class ListOpenIDConnectProviders(KindList):
    kind, member = OIDC, "OpenIDConnectProviderList"


@operation("GetOpenIDConnectProvider")
class GetOpenIDConnectProvider(ThingRead):
    kind = OIDC


@operation("ListOpenIDConnectProviderTags")
class ListOpenIDConnectProviderTags(ThingRead):
    kind = OIDC
