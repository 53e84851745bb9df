"""On which resources an action acts, for simulations (IAM-FACTS 8.7).

The types and the forms of their ARNs are those of the service authorization reference. Where it does not
know the action, or a wildcard hides what the ARN is, nothing is said against the pair: the policies decide.
"""

import re
from functools import lru_cache

from iamconsole import catalogue
from iamconsole.catalogue import Action
from iamconsole.operations import listed
from iamconsole.policy.glob import Glob, compiled

PLACEHOLDER, WILDCARD = re.compile(r"\$\{[^{}]*\}"), re.compile(r"[*?]")
# What AWS calls the resources of a service, whatever the action (IAM-FACTS 8.7).
NAMED_BY_AWS = {
    "ec2": "ec2:${Region}:${Account}:${ResourceType}/${ResourcePath}",
    "iam": "iam::${Account}:${ResourceType}/${ResourceName}",
    "kms": "kms:${Region}:${Account}:${ResourceType}/${Id}",
    "lambda": "lambda:${Region}:${Account}:${ResourceType}:${ResourceId}",
    "s3": "s3:::${BucketName}/${KeyName}",
    "sqs": "sqs:${Region}:${Account}:${QueueName}",
    "sts": "iam::${Account}:${RelativeId}",
}


def acts_on(name: str, arn: str) -> bool:
    """Whether an action can act on what the ARN names: False only where that is known."""
    action = catalogue.find_action(name)
    parts = arn.split(":", 5)
    if action is None or len(parts) < 6:
        return True
    vendor, resource = parts[2], parts[5]
    if kind := listed.kind_of(name):  # lists have no type in the reference
        return vendor == "iam" and resource.startswith(f"{kind}/")
    forms = _forms(action)
    if not any(_fits(form, vendor, resource) for form in forms):
        return any(_may_mean(form, vendor, resource) for form in forms)
    # What is below a resource is a type of its own: an object is no bucket, an index is no table.
    return not any(_fits(form, vendor, resource) for form in _below(action))


def arn_format(name: str, partition: str) -> str:
    """The ARN of an action's resource with placeholders: AWS's own where they are known, else the
    reference's. ``*`` where the action is not known or has no resource.
    """
    action = catalogue.find_action(name)
    if action is None or not action.resource_types:
        return "*"
    form = NAMED_BY_AWS.get(action.service)
    if form is None:
        form = _forms(action)[0].split(":", 2)[2]
    return f"arn:{partition}:{form}"


def _forms(action: Action) -> tuple[str, ...]:
    arns = catalogue.services()[action.service].arns
    return tuple(arns[kind] for kind in action.resource_types)


@lru_cache(maxsize=1024)
def _below(action: Action) -> tuple[str, ...]:
    """The forms of other types of the service that go on where one of the action's ends."""
    own = _forms(action)
    beginnings = tuple(f"{form}/" for form in own)
    forms = catalogue.services()[action.service].arns.values()
    return tuple(form for form in forms if form.startswith(beginnings) and form not in own)


def _fits(form: str, vendor: str, resource: str) -> bool:
    """Account and region are not looked at: what a resource is does not depend on them."""
    wanted, pattern = _compiled(form)
    return wanted.matches(vendor) and pattern.matches(resource)


@lru_cache(maxsize=4096)
def _compiled(form: str) -> tuple[Glob, Glob]:
    """Patterns of vendor and resource, where each placeholder is one character or more."""
    parts = PLACEHOLDER.sub("?*", form).split(":", 5)
    return compiled(parts[2]), compiled(parts[5])


def _may_mean(form: str, vendor: str, resource: str) -> bool:
    """Whether wildcards of the ARN could stand for a resource of the form."""
    if not catalogue.is_wild(vendor + resource):
        return False
    return can_begin(_beginning(form), WILDCARD.split(vendor)[0], WILDCARD.split(resource)[0])


def beginnings(name: str) -> frozenset[tuple[str, str]] | None:
    """How vendor and resource of the ARNs begin on which an action acts; None where that is not known. An ARN
    of which no beginning ``can_begin`` is none that it acts on.
    """
    action = catalogue.find_action(name)
    if action is None or listed.kind_of(name):
        return None
    return frozenset(map(_beginning, _forms(action)))


def can_begin(beginning: tuple[str, str], vendor: str, resource: str) -> bool:
    """Whether what is known of the beginning of an ARN goes together with that of a form."""
    return _compatible(beginning[0], vendor) and _compatible(beginning[1], resource)


@lru_cache(maxsize=4096)
def _beginning(form: str) -> tuple[str, str]:
    """Vendor and resource of a form before their first placeholder."""
    parts = form.split(":", 5)
    return PLACEHOLDER.split(parts[2])[0], PLACEHOLDER.split(parts[5])[0]


def _compatible(known: str, given: str) -> bool:
    return known.startswith(given) or given.startswith(known)
