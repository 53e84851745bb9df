"""What to do where AWS says that an account has no room for another (IAM-FACTS 2.15.1, 2.15.2)."""

import re

from iamconsole.errors import IamError

QUOTA = re.compile(r"Cannot exceed quota for (\w+): ?(\d+)")
RAISE = "An administrator of the AWS account can request more in Service Quotas, service IAM."
SHORTER = "Shorten the policy, or use a managed policy instead of an inline policy."
FIXED = "AWS does not raise this quota."
# The beginning of a quota's name in AWS's sentence -> the next step.
STEPS = {
    "AccessKeysPerUser": f"Delete one of the user's access keys first. {FIXED}",
    "CertificatesPerUser": f"Delete one of the user's signing certificates first. {FIXED}",
    "SSHPublicKeysPerUser": f"Delete one of the user's SSH public keys first. {FIXED}",
    "ContextSpecificCredentials": f"Delete one of the user's credentials for this service first. {FIXED}",
    "MFADevicesPerUser": f"Remove one of the user's MFA devices first. {FIXED}",
    "GroupsPerUser": f"Remove the user from another group first, or attach policies to the user. {FIXED}",
    "PoliciesPerUser": "Detach another policy, or attach policies to a group of the user. AWS raises "
    f"this quota to 20 at most. {RAISE}",
    "PoliciesPerGroup": f"Detach another policy, or combine policies into one. {FIXED}",
    "UserPolicySize": f"{SHORTER} {FIXED}",
    "GroupPolicySize": f"{SHORTER} {FIXED}",
    "PolicySize": f"Shorten the policy, or divide it into several policies. {FIXED}",
    "ServerCertificates": f"Delete a server certificate first. {FIXED}",
}
BY_WORDS = {
    "can have up to": f"Delete a version that is not the default version first. {FIXED}",
    "number of tags": f"Remove a tag first. A resource can have 50 tags. {FIXED}",
    "Maximum policy size": f"{SHORTER} {FIXED}",
}


class AtTheLimit(IamError):
    """AWS's LimitExceeded, with what to do next. The history keeps AWS's own sentence."""

    def __init__(self, error: IamError) -> None:
        sentence = error.message.rstrip(". ")
        super().__init__(error.code, f"AWS refused this: {sentence}. {next_step(sentence)}")
        self.sentence = error.message

    @property
    def recorded(self) -> str:
        return self.sentence


def for_people(error: IamError) -> IamError:
    """An error of AWS's as a person reads it: at a limit with the next step, every other one as it is."""
    return AtTheLimit(error) if error.code == "LimitExceeded" else error


def next_step(message: str) -> str:
    """What to do after a LimitExceeded with that message."""
    if quota := QUOTA.search(message):
        named = (step for name, step in STEPS.items() if quota[1].startswith(name))
        return next(named, f"Delete what is not needed anymore. {RAISE}")
    worded = (step for words, step in BY_WORDS.items() if words in message)
    return next(worded, f"Delete what is not needed anymore. {RAISE}")
