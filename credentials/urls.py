"""The pages about signing in and about credentials."""

from django.urls import path

from .views import access_keys, console_access, create_user, delete_user, secrets, user_credentials

app_name = "credentials"
user_pages = [
    path("users/create/", create_user.create_user, name="create-user"),
    path("users/<str:user_id>/delete/", delete_user.delete_user, name="delete-user"),
    path(
        "users/<str:user_id>/security-credentials/",
        user_credentials.user_security_credentials,
        name="user-security-credentials",
    ),
    path("users/<str:user_id>/console-access/", console_access.console_access, name="console-access"),
    path("users/<str:user_id>/access-keys/create/", access_keys.create_access_key, name="create-access-key"),
    path(
        "users/<str:user_id>/access-keys/<str:access_key_id>/update/",
        access_keys.update_access_key,
        name="update-access-key",
    ),
    path(
        "users/<str:user_id>/access-keys/<str:access_key_id>/delete/",
        access_keys.delete_access_key,
        name="delete-access-key",
    ),
    path("secrets/<uuid:secret_id>/", secrets.secret, name="secret"),
    path("secrets/<uuid:secret_id>/csv/", secrets.secret_csv, name="secret-csv"),
]
urlpatterns = [*user_pages]
