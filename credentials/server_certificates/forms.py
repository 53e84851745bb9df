"""Uploading a server certificate, and giving it another name or path."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from credentials.server_certificates.certificates import BODY, CHAIN, KEY
from iamconsole.operations.shapes import limits
from users.fields import name_field, path_field
from users.tag_forms import TagsForm

OPERATION = "UploadServerCertificate"
# Parameter -> the field to paste into; its file has the same name with _file.
PARTS = {BODY: "certificate_body", KEY: "private_key", CHAIN: "certificate_chain"}
REQUIRED = {
    BODY: "Paste the certificate, or choose its file.",
    KEY: "Paste the private key, or choose its file.",
}
BOTH = "Paste the text or choose a file, not both."
TOO_LONG = "This has {length:,} characters. Use at most {limit:,}."
NOT_TEXT = "The file is not in PEM format, which is text. Convert it, for example with {command}."
CONVERT = {
    BODY: "openssl x509 -inform der -in certificate.cer -out certificate.pem",
    KEY: "openssl pkey -inform der -in key.der -out key.pem",
    CHAIN: "openssl x509 -inform der -in issuer.cer -out issuer.pem",
}
# Of the files together: a chain has up to 2 MB, the other two are small.
MOST_BYTES = sum(limits(OPERATION, parameter)["max"] for parameter in PARTS)
CLOUDFRONT = (
    "Starts and ends with a slash. For CloudFront it starts with /cloudfront/, for example /cloudfront/prod/."
)


class PemArea(forms.Textarea):
    """Holds PEM text. A private key is never written back into the page, whichever field it came by."""

    def format_value(self, value: Any) -> str | None:
        text: str | None = super().format_value(value)
        return "" if text and "PRIVATE KEY" in text else text


class KeyArea(PemArea):
    """What was typed is not written back at all: it may be half a key."""

    def format_value(self, value: Any) -> str:
        return ""


def pem_field(label: str, help_text: str, widget: type[PemArea] = PemArea) -> forms.CharField:
    plain = {"rows": 7, "class": "ui-mono", "autocomplete": "off", "spellcheck": "false"}
    return forms.CharField(label=label, help_text=help_text, required=False, widget=widget(attrs=plain))


def file_field(label: str) -> forms.FileField:
    accept = {"accept": ".pem,.crt,.cer,.key,.txt,application/x-pem-file"}
    return forms.FileField(
        label=label,
        required=False,
        max_length=1000,
        widget=forms.FileInput(attrs=accept),
        error_messages={"empty": "The file is empty."},
    )


class UploadServerCertificateForm(TagsForm):
    """Each part is pasted or comes as a file; the door reads it and says what is wrong."""

    certificate_name = name_field(OPERATION, "ServerCertificateName", "Certificate name")
    path = path_field()
    certificate_body = pem_field("Certificate body", "The server's own certificate, in PEM format.")
    certificate_body_file = file_field("Or the certificate file")
    private_key = pem_field(
        "Private key",
        "In PEM format, without a passphrase. It is never shown again. Keep your own copy.",
        KeyArea,
    )
    private_key_file = file_field("Or the private key file")
    certificate_chain = pem_field(
        "Certificate chain",
        "First the certificate that signed yours, then those above it in order. Leave out your own.",
    )
    certificate_chain_file = file_field("Or the chain file")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, tags={}, exact=True, **kwargs)
        self.fields["path"].help_text = CLOUDFRONT
        self.texts: dict[str, str] = {}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for parameter, field in PARTS.items():
            try:
                self.texts[parameter] = self._text(parameter, field)
            except forms.ValidationError as error:
                self.add_error(field, error)
        return cleaned

    def _text(self, parameter: str, field: str) -> str:
        """The pasted text, or that of the file. Raises forms.ValidationError."""
        pasted: str = self.cleaned_data.get(field, "")
        file: UploadedFile | None = self.cleaned_data.get(f"{field}_file")
        if pasted and file:
            raise forms.ValidationError(BOTH)
        limit = limits(OPERATION, parameter)["max"]
        if file and (file.size or 0) > limit:
            raise forms.ValidationError(TOO_LONG.format(length=file.size, limit=limit))
        text = (read(file, parameter) if file else pasted).replace("\r\n", "\n").strip()
        if len(text) > limit:
            raise forms.ValidationError(TOO_LONG.format(length=len(text), limit=limit))
        if not text and parameter in REQUIRED and not self.errors.get(f"{field}_file"):
            raise forms.ValidationError(REQUIRED[parameter])
        return text

    def params(self) -> dict[str, Any]:
        """What UploadServerCertificate is given."""
        tags = [{"Key": key, "Value": value} for key, value in self.tags().items()]
        return {
            "ServerCertificateName": self.cleaned_data["certificate_name"],
            "Path": self.cleaned_data["path"],
            **{parameter: text for parameter, text in self.texts.items() if text},
            **({"Tags": tags} if tags else {}),
        }

    def parts(self) -> Iterator[tuple[forms.BoundField, forms.BoundField, bool]]:
        """The fields of each part: text, file, and whether it may be left out."""
        for parameter, field in PARTS.items():
            yield self[field], self[f"{field}_file"], parameter not in REQUIRED


def read(file: UploadedFile, parameter: str) -> str:
    """The text of a file. Raises forms.ValidationError for what is none."""
    try:
        text: str = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise forms.ValidationError(NOT_TEXT.format(command=CONVERT[parameter]))
    return text


class ServerCertificateNameForm(forms.Form):
    """Another name or path; the certificate itself cannot be replaced."""

    certificate_name = name_field("UpdateServerCertificate", "NewServerCertificateName", "Certificate name")
    path = path_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["path"].help_text = CLOUDFRONT
