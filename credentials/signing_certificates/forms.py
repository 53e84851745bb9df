"""Uploading a signing certificate."""

from typing import Any

from django.utils import timezone

from credentials.signing_certificates import certificates
from credentials.uploads import PastedOrFileForm
from iamconsole.errors import IamError
from iamconsole.templatetags.console import absolute_day


class SigningCertificateForm(PastedOrFileForm):
    operation, parameter = "UploadSigningCertificate", "CertificateBody"
    neither = "Paste the certificate, or choose its file."

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].label = "Certificate"
        self.fields[
            "body"
        ].help_text = (
            "PEM that starts with -----BEGIN CERTIFICATE-----, with an RSA or EC key. Leave out its chain."
        )
        self.fields["file"].widget.attrs["accept"] = ".pem,.crt,.cer,.txt,text/plain"

    def complaint(self, text: str) -> str:
        if text.count(certificates.BEGIN) > 1:
            return "There is more than one certificate. Send the user's certificate without its chain."
        try:
            found = certificates.read(text)
        except IamError:
            return (
                "This is not a PEM certificate with an RSA or EC key. Check that you copied it from "
                "-----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----."
            )
        if found.is_expired(timezone.now()):
            return (
                f"This certificate expired on {absolute_day(found.not_after)}. Send one that is still valid."
            )
        return ""
