"""One's own e-mail address."""

from django import forms

from users.fields import email_field


class OwnEmailForm(forms.Form):
    email = email_field()
