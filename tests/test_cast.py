"""The cast is written by fewer queries than the console's own; its rows are the same."""

from datetime import datetime

import pytest
from django.apps import apps

from tests.cast import PASSWORD, give_password, make_user
from users.models import User

pytestmark = pytest.mark.django_db
OF_ITS_OWN = {"id", "uuid", "user_id", "user_name", "name_folded"}


def rows_of(user: User) -> dict[str, list[dict]]:
    """Every row that belongs to the user; of moments only that there are some."""
    found = {}
    for model in apps.get_models():
        to_user = [field.name for field in model._meta.concrete_fields if field.related_model is User]
        wanted = {"pk": user.pk} if model is User else dict.fromkeys(to_user[:1], user)
        rows = model._default_manager.filter(**wanted).values() if wanted else []
        found[model.__name__] = [
            {
                name: type(value) if isinstance(value, datetime) else value
                for name, value in row.items()
                if name not in OF_ITS_OWN
            }
            for row in rows
        ]
    return found


def test_a_user_made_with_a_password_is_as_one_who_was_given_it(home):
    made, given = make_user(home, "made", password=PASSWORD), make_user(home, "given")
    give_password(given)
    assert rows_of(made) == rows_of(given)
    assert rows_of(made)["PasswordHistory"]
    assert rows_of(made)["LoginProfile"]


def test_the_user_in_hand_is_the_stored_one(home):
    made = make_user(home, "made", password=PASSWORD)
    stored = User.objects.get(pk=made.pk)
    assert {f.attname: getattr(made, f.attname) for f in User._meta.concrete_fields} == {
        f.attname: getattr(stored, f.attname) for f in User._meta.concrete_fields
    }
