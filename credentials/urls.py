"""The pages about signing in and about credentials."""

from django.urls import path

from .views import (
    access_keys,
    account,
    alias,
    bulk,
    console_access,
    create_users,
    create_users_permissions,
    delete_user,
    last_accessed,
    me,
    mfa,
    mfa_tags,
    passkeys,
    passwords,
    resync_mfa,
    secrets,
    signin,
    user_credentials,
)

app_name = "credentials"
user_pages = [
    path("users/bulk/", bulk.bulk, name="bulk"),
    path("users/create/", create_users.create_user, name="create-user"),
    path("users/create/<uuid:draft_id>/details/", create_users.details, name="create-user-details"),
    path(
        "users/create/<uuid:draft_id>/permissions/",
        create_users_permissions.permissions,
        name="create-user-permissions",
    ),
    path("users/create/<uuid:draft_id>/tags/", create_users.tags, name="create-user-tags"),
    path("users/create/<uuid:draft_id>/review/", create_users.review, name="create-user-review"),
    path("users/<str:user_id>/delete/", delete_user.delete_user, name="delete-user"),
    path(
        "users/<str:user_id>/security-credentials/",
        user_credentials.user_security_credentials,
        name="user-security-credentials",
    ),
    path(
        "users/<str:user_id>/last-accessed/",
        last_accessed.user_last_accessed,
        name="user-last-accessed",
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
sign_in_pages = [
    path("signin/", signin.sign_in, name="sign-in"),
    path("signin/root/", signin.root_sign_in, name="root-sign-in"),
    path("signin/mfa/", signin.mfa_code, name="mfa-code"),
    path("signin/mfa/passkey-options/", passkeys.second_factor_options, name="second-factor-options"),
    path("signin/passkey/", passkeys.passkey_sign_in, name="passkey-sign-in"),
    path("signin/passkey/options/", passkeys.sign_in_options, name="passkey-options"),
    path("signin/new-password/", passwords.new_password, name="new-password"),
    path("signout/", signin.sign_out, name="sign-out"),
]
own_pages = [
    path("me/", me.my_security_credentials, name="my-security-credentials"),
    path("me/password/", passwords.change_password, name="change-password"),
    path("me/mfa/assign/", mfa.assign_mfa_device, name="assign-mfa-device"),
    path("me/mfa/passkey/", passkeys.register_passkey, name="register-passkey"),
    path("me/mfa/passkey/options/", passkeys.registration_options, name="registration-options"),
    path("users/<str:user_id>/mfa/assign/", mfa.assign_user_mfa_device, name="assign-user-mfa-device"),
    path(
        "users/<str:user_id>/mfa/<uuid:device_id>/remove/",
        mfa.deactivate_mfa_device,
        name="deactivate-mfa-device",
    ),
    path(
        "users/<str:user_id>/mfa/<uuid:device_id>/tags/",
        mfa_tags.mfa_device_tags,
        name="mfa-device-tags",
    ),
    path(
        "users/<str:user_id>/mfa/<uuid:device_id>/resync/",
        resync_mfa.resync_mfa_device,
        name="resync-mfa-device",
    ),
    path("account/", account.account_settings, name="account-settings"),
    path("account/alias/", alias.account_alias, name="account-alias"),
    path("account/password-policy/", account.password_policy, name="password-policy"),
]
urlpatterns = [*sign_in_pages, *own_pages, *user_pages]
