"""The policy language of IAM, on its own: standard library only, no Django, no I/O.

``parse`` turns a document into a frozen ``Policy``; ``evaluate`` decides one action on one resource
for identity policies, a permissions boundary, session policies and the policy of the resource
(IAM-FACTS 8); ``check_savable`` says whether IAM would save it.
"""

from .document import Condition, Policy, Statement, parse, parse_resource_policy
from .evaluation import Decision, Match, NamedPolicy, Outcome, evaluate
from .glob import matches
from .keys import context_keys, distinct, mentioned_keys
from .saving import check_savable
from .spans import StatementSpan, counted_spans, statement_spans
from .steps import Steps, TooManySteps
from .syntax import MalformedPolicyDocument
from .unread_tags import with_tags_against, with_tags_for

__all__ = [
    "Condition",
    "Decision",
    "MalformedPolicyDocument",
    "Match",
    "NamedPolicy",
    "Outcome",
    "Policy",
    "Statement",
    "StatementSpan",
    "Steps",
    "TooManySteps",
    "check_savable",
    "context_keys",
    "counted_spans",
    "distinct",
    "evaluate",
    "matches",
    "mentioned_keys",
    "parse",
    "parse_resource_policy",
    "statement_spans",
    "with_tags_against",
    "with_tags_for",
]
