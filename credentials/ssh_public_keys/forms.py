"""Uploading an SSH public key."""

from typing import Any

from credentials.signing_certificates import certificates
from credentials.ssh_public_keys import keys as public_keys
from credentials.uploads import PastedOrFileForm
from iamconsole.errors import IamError


class SSHPublicKeyForm(PastedOrFileForm):
    operation, parameter = "UploadSSHPublicKey", "SSHPublicKeyBody"
    neither = "Paste the public key, or choose its file."

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].label = "SSH public key"
        self.fields["body"].help_text = (
            "One line that starts with ssh-rsa, as in ~/.ssh/id_rsa.pub, or PEM that starts with "
            "-----BEGIN PUBLIC KEY-----."
        )
        self.fields["file"].widget.attrs["accept"] = ".pub,.pem,.txt,text/plain"

    def complaint(self, text: str) -> str:
        try:
            public_keys.read(text)
        except IamError as error:
            if error.code == "InvalidPublicKey":
                return (
                    "An RSA key must have 2048 to 16384 bits. This one does not. Create one with {}.".format(
                        "ssh-keygen -t rsa -b 4096"
                    )
                )
            return self._unrecognized(text)
        return ""

    def _unrecognized(self, text: str) -> str:
        if text.startswith(("ssh-ed25519", "ecdsa-", "sk-", "ssh-dss")):
            return "CodeCommit accepts RSA keys only. Create one with ssh-keygen -t rsa -b 4096."
        if text.startswith(certificates.BEGIN_CERTIFICATE):
            return "This is a certificate. Send a public key."
        if len(text.strip().splitlines()) > 1 and text.startswith(public_keys.SSH_KIND):
            return "There is more than one line. Send one key, all on one line."
        return "This is not an RSA public key. Check that you copied it from its first to its last character."
