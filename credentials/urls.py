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
    delete_recovery_codes,
    delete_user,
    hardware_tokens,
    last_accessed,
    me,
    mfa,
    mfa_devices,
    mfa_tags,
    passwords,
    recovery_codes,
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
    path("signin/recovery-code/", signin.recovery_code, name="recovery-code"),
    path("signin/new-password/", passwords.new_password, name="new-password"),
    path("signout/", signin.sign_out, name="sign-out"),
]
own_pages = [
    path("me/", me.my_security_credentials, name="my-security-credentials"),
    path("me/password/", passwords.change_password, name="change-password"),
    path("me/recovery-codes/", recovery_codes.create_recovery_codes, name="create-recovery-codes"),
    path("me/recovery-codes/<uuid:secret_id>/", recovery_codes.show_recovery_codes, name="recovery-codes"),
    path(
        "users/<str:user_id>/recovery-codes/delete/",
        delete_recovery_codes.delete_recovery_codes,
        name="delete-recovery-codes",
    ),
    path("me/mfa/assign/", mfa.assign_mfa_device, name="assign-mfa-device"),
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
    path(
        "users/<str:user_id>/mfa/<uuid:device_id>/replace/",
        mfa.replace_mfa_device,
        name="replace-mfa-device",
    ),
    path(
        "users/<str:user_id>/mfa/<uuid:device_id>/replace/hardware-token/",
        hardware_tokens.replace_with_hardware_mfa_device,
        name="replace-with-hardware-mfa-device",
    ),
    path(
        "me/mfa/assign/hardware-token/",
        hardware_tokens.assign_hardware_mfa_device,
        name="assign-hardware-mfa-device",
    ),
    path(
        "users/<str:user_id>/mfa/assign/hardware-token/",
        hardware_tokens.assign_user_hardware_mfa_device,
        name="assign-user-hardware-mfa-device",
    ),
    path("mfa-devices/", mfa_devices.mfa_devices, name="mfa-devices"),
    path("mfa-devices/clean-up/", mfa_devices.clean_up_mfa_devices, name="clean-up-mfa-devices"),
    path(
        "mfa-devices/register/",
        mfa_devices.register_hardware_mfa_devices,
        name="register-hardware-mfa-devices",
    ),
    path("account/", account.account_settings, name="account-settings"),
    path("account/alias/", alias.account_alias, name="account-alias"),
    path("account/password-policy/", account.password_policy, name="password-policy"),
]
urlpatterns = [*sign_in_pages, *own_pages, *user_pages]
