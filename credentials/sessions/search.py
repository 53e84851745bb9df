"""One's own sessions, for the search at the top."""

from iamconsole.search import Action

ACTIONS = (Action("Sign out my other sessions", "credentials:my-security-credentials", "end own everywhere"),)
