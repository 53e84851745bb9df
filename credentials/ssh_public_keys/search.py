"""SSH public keys as the search at the top finds them: by the beginning or the end of their ID."""

from credentials.found_credentials import FoundCredentials
from credentials.models import SSHPublicKey


class SSHPublicKeys(FoundCredentials):
    title, icon, order = "SSH public keys", "terminal", 70
    action, column, prefix = "iam:ListSSHPublicKeys", "ssh_public_key_id", "APKA"
    fact = "ssh_public_keys"
    model = SSHPublicKey
