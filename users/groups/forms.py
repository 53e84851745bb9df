"""Groups: their name and path."""

from django import forms

from users.fields import name_field, path_field


class GroupForm(forms.Form):
    group_name = name_field("CreateGroup", "GroupName", "Group name")
    path = path_field()
