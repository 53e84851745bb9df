"""The policy language of IAM, on its own: standard library only, no Django, no I/O.

``parse`` turns a document into a frozen ``Policy``; ``evaluate`` decides one action on one resource
for identity policies, a permissions boundary and session policies (IAM-FACTS 8); ``check_savable``
says whether IAM would save it.
"""

from .document import Condition, Policy, Statement, parse
from .evaluation import Decision, Match, NamedPolicy, Outcome, evaluate
from .glob import matches
from .saving import check_savable
from .syntax import MalformedPolicyDocument

__all__ = [
    "Condition",
    "Decision",
    "MalformedPolicyDocument",
    "Match",
    "NamedPolicy",
    "Outcome",
    "Policy",
    "Statement",
    "check_savable",
    "evaluate",
    "matches",
    "parse",
]
