"""What the search at the top finds of users, groups, policies and accounts (``UsersConfig.ready``)."""

from users.accounts import search as accounts
from users.groups import search as groups
from users.people import search as people
from users.permission_requests import search as permission_requests
from users.policies import search as policies
from users.simulator import search as simulator
from users.who_can import search as who_can

SOURCES = (
    people.Users(),
    groups.Groups(),
    policies.ManagedPolicies(),
    policies.InlinePolicies(),
    accounts.Accounts(),
    who_can.WhoCan(),
)
ACTIONS = (
    *people.ACTIONS,
    *groups.ACTIONS,
    *policies.ACTIONS,
    *simulator.ACTIONS,
    *permission_requests.ACTIONS,
    *accounts.ACTIONS,
)
