"""The pages about signing in and about credentials."""

from django.urls import path

from credentials.access_keys.views import access_keys, key_details, root_keys
from credentials.access_keys.views import across as across_keys
from credentials.access_keys.views import across_changes as across_key_changes
from credentials.access_keys.views import changes as key_changes
from credentials.access_keys.views import list as key_list
from credentials.account_settings.views import account, alias
from credentials.bulk import views as bulk
from credentials.deletion import views as delete_user
from credentials.email_addresses import views as own_email
from credentials.guesses import views as hold
from credentials.member_roots import views as member_roots
from credentials.mfa.views import delete_recovery_codes, hardware_tokens, mfa, passkeys, recovery_codes
from credentials.mfa.views import devices as mfa_devices
from credentials.mfa.views import resync as resync_mfa
from credentials.mfa.views import tags as mfa_tags
from credentials.new_users.views import create_users
from credentials.new_users.views import permissions as create_users_permissions
from credentials.notices import views as test_mail
from credentials.passwords.views import console_access, passwords
from credentials.passwords.views import links as password_links
from credentials.passwords.views import policy as password_policy
from credentials.passwords.views import strength as password_strength
from credentials.rotation.views import secret_link
from credentials.server_certificates import views as server_certificates
from credentials.service_credentials import views as service_credentials
from credentials.sessions import views as sessions
from credentials.shown_once import views as secrets
from credentials.sign_in.views import other_factor
from credentials.sign_in.views import passkeys as sign_in_passkeys
from credentials.sign_in.views import sign_in as signin
from credentials.signing_certificates import views as signing_certificates
from credentials.ssh_public_keys import views as ssh_public_keys
from credentials.user_page.views import last_accessed, me, user_credentials
from iamconsole.operations.at_aws import asks_aws, asks_one_of

app_name = "credentials"
user_pages = [
    path("users/bulk/", bulk.bulk, name="bulk"),
    path("users/bulk/<uuid:choice_id>/", bulk.confirm_bulk, name="confirm-bulk"),
    path("users/create/", create_users.create_user, name="create-user"),
    path(
        "users/create/<uuid:draft_id>/details/",
        asks_aws("CreateUser")(create_users.details),
        name="create-user-details",
    ),
    path(
        "users/create/<uuid:draft_id>/permissions/",
        create_users_permissions.permissions,
        name="create-user-permissions",
    ),
    path("users/create/<uuid:draft_id>/tags/", create_users.tags, name="create-user-tags"),
    path(
        "users/create/<uuid:draft_id>/review/",
        asks_aws("CreateUser")(create_users.review),
        name="create-user-review",
    ),
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
    path("users/<str:user_id>/release/", hold.release_user, name="release-user"),
    path(
        "users/<str:user_id>/console-access/",
        asks_one_of("CreateLoginProfile", "UpdateLoginProfile", "DeleteLoginProfile")(
            console_access.console_access
        ),
        name="console-access",
    ),
    path(
        "users/<str:user_id>/console-access/link/",
        password_links.create_password_link,
        name="create-password-link",
    ),
    path(
        "users/<str:user_id>/console-access/link/delete/",
        password_links.delete_password_link,
        name="delete-password-link",
    ),
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
    path(
        "users/<str:user_id>/service-credentials/create/<str:service_name>/",
        service_credentials.create_service_credential,
        name="create-service-specific-credential",
    ),
    path(
        "users/<str:user_id>/service-credentials/<str:credential_id>/update/",
        service_credentials.update_service_credential,
        name="update-service-specific-credential",
    ),
    path(
        "users/<str:user_id>/service-credentials/<str:credential_id>/reset/",
        service_credentials.reset_service_credential,
        name="reset-service-specific-credential",
    ),
    path(
        "users/<str:user_id>/service-credentials/<str:credential_id>/delete/",
        service_credentials.delete_service_credential,
        name="delete-service-specific-credential",
    ),
    path(
        "users/<str:user_id>/access-keys/<str:access_key_id>/details/",
        key_details.access_key_details,
        name="access-key-details",
    ),
    path("secrets/<uuid:secret_id>/", secrets.secret, name="secret"),
    path("secrets/<uuid:secret_id>/csv/", secrets.secret_csv, name="secret-csv"),
    path("secrets/<uuid:secret_id>/pem/", secrets.secret_pem, name="secret-pem"),
]
SSH_KEY = "users/<str:user_id>/ssh-public-keys/<str:ssh_public_key_id>/"
ssh_public_key_pages = [
    path(
        "users/<str:user_id>/ssh-public-keys/upload/",
        ssh_public_keys.upload_ssh_public_key,
        name="upload-ssh-public-key",
    ),
    path(SSH_KEY, ssh_public_keys.ssh_public_key, name="ssh-public-key"),
    path(f"{SSH_KEY}update/", ssh_public_keys.update_ssh_public_key, name="update-ssh-public-key"),
    path(f"{SSH_KEY}delete/", ssh_public_keys.delete_ssh_public_key, name="delete-ssh-public-key"),
    path(f"{SSH_KEY}as/<str:encoding>/", ssh_public_keys.ssh_public_key_file, name="ssh-public-key-file"),
]
CERTIFICATES = "users/<str:user_id>/signing-certificates/"
CERTIFICATE = f"{CERTIFICATES}<str:certificate_id>/"
signing_certificate_pages = [
    path(
        f"{CERTIFICATES}upload/",
        signing_certificates.upload_signing_certificate,
        name="upload-signing-certificate",
    ),
    path(
        f"{CERTIFICATES}create/",
        signing_certificates.create_signing_certificate,
        name="create-signing-certificate",
    ),
    path(CERTIFICATE, signing_certificates.signing_certificate, name="signing-certificate"),
    path(
        f"{CERTIFICATE}file/", signing_certificates.signing_certificate_file, name="signing-certificate-file"
    ),
    path(
        f"{CERTIFICATE}update/",
        signing_certificates.update_signing_certificate,
        name="update-signing-certificate",
    ),
    path(
        f"{CERTIFICATE}delete/",
        signing_certificates.delete_signing_certificate,
        name="delete-signing-certificate",
    ),
]
sign_in_pages = [
    path("signin/", signin.sign_in, name="sign-in"),
    path("signin/root/", signin.root_sign_in, name="root-sign-in"),
    path("signin/mfa/", signin.mfa_code, name="mfa-code"),
    path("signin/recovery-code/", signin.recovery_code, name="recovery-code"),
    path("signin/mfa/passkey-options/", sign_in_passkeys.second_factor_options, name="second-factor-options"),
    path("signin/passkey/", sign_in_passkeys.passkey_sign_in, name="passkey-sign-in"),
    path("signin/passkey/options/", sign_in_passkeys.sign_in_options, name="passkey-options"),
    path("signin/new-password/", passwords.new_password, name="new-password"),
    path("signin/link/", password_links.password_link, name="password-link"),
    path("signin/link/<str:token>/", password_links.open_password_link, name="open-password-link"),
    path("signin/rotation/", secret_link.rotation_secret, name="rotation-secret"),
    path("signin/rotation/<str:token>/", secret_link.open_rotation_link, name="open-rotation-link"),
    path("password-strength/", password_strength.password_strength, name="password-strength"),
    path("signout/", signin.sign_out, name="sign-out"),
]
own_pages = [
    path("me/", me.my_security_credentials, name="my-security-credentials"),
    path("me/email/", own_email.own_email, name="own-email-address"),
    path("me/email/send/", own_email.send_email_confirmation, name="send-email-confirmation"),
    path("me/email/confirm/<str:token>/", own_email.confirm_email_address, name="confirm-email-address"),
    path("me/test-mail/", test_mail.request_test_mail, name="request-test-mail"),
    path("me/password/", asks_aws("UpdateLoginProfile")(passwords.change_password), name="change-password"),
    path("me/access-keys/create/", root_keys.create_root_access_key, name="create-root-access-key"),
    path(
        "me/access-keys/<str:access_key_id>/update/",
        root_keys.update_root_access_key,
        name="update-root-access-key",
    ),
    path(
        "me/access-keys/<str:access_key_id>/delete/",
        root_keys.delete_root_access_key,
        name="delete-root-access-key",
    ),
    path("me/sessions/end/", sessions.end_own_sessions, name="end-own-sessions"),
    path("me/sessions/<uuid:session_id>/end/", sessions.end_own_session, name="end-own-session"),
    path(
        "me/temporary-credentials/end/",
        sessions.end_own_temporary_credentials,
        name="end-own-temporary-credentials",
    ),
    path(
        "users/<str:user_id>/temporary-credentials/end/",
        sessions.end_temporary_credentials,
        name="end-temporary-credentials",
    ),
    path("users/<str:user_id>/sessions/end/", sessions.end_user_sessions, name="end-user-sessions"),
    path(
        "users/<str:user_id>/sessions/revoke/",
        sessions.revoke_active_sessions,
        name="revoke-active-sessions",
    ),
    path(
        "users/<str:user_id>/sessions/revoke/<int:inline_pk>/remove/",
        asks_aws("DeleteUserPolicy")(sessions.remove_revocation),
        name="remove-revocation",
    ),
    path(
        "users/<str:user_id>/sessions/<uuid:session_id>/end/",
        sessions.end_user_session,
        name="end-user-session",
    ),
    path("me/recovery-codes/", recovery_codes.create_recovery_codes, name="create-recovery-codes"),
    path("me/recovery-codes/<uuid:secret_id>/", recovery_codes.show_recovery_codes, name="recovery-codes"),
    path(
        "users/<str:user_id>/recovery-codes/delete/",
        delete_recovery_codes.delete_recovery_codes,
        name="delete-recovery-codes",
    ),
    path(
        "me/mfa/assign/",
        asks_aws("CreateVirtualMFADevice", "EnableMFADevice")(mfa.assign_mfa_device),
        name="assign-mfa-device",
    ),
    path(
        "me/mfa/<uuid:device_id>/confirm/<str:then>/",
        other_factor.confirm_with_other_factor,
        name="confirm-with-other-factor",
    ),
    path("me/mfa/passkey/", passkeys.register_passkey, name="register-passkey"),
    path("me/mfa/passkey/options/", passkeys.registration_options, name="registration-options"),
    path(
        "users/<str:user_id>/mfa/assign/",
        asks_aws("CreateVirtualMFADevice", "EnableMFADevice")(mfa.assign_user_mfa_device),
        name="assign-user-mfa-device",
    ),
    path(
        "users/<str:user_id>/mfa/<uuid:device_id>/remove/",
        mfa.deactivate_mfa_device,
        name="deactivate-mfa-device",
    ),
    path(
        "users/<str:user_id>/mfa/<uuid:device_id>/tags/",
        asks_one_of("TagMFADevice", "UntagMFADevice")(mfa_tags.mfa_device_tags),
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
    path(
        "mfa-devices/clean-up/",
        asks_aws("DeleteVirtualMFADevice")(mfa_devices.clean_up_mfa_devices),
        name="clean-up-mfa-devices",
    ),
    path(
        "mfa-devices/clean-up/<uuid:choice_id>/",
        asks_aws("DeleteVirtualMFADevice")(mfa_devices.confirm_clean_up),
        name="confirm-clean-up",
    ),
    path(
        "mfa-devices/register/",
        mfa_devices.register_hardware_mfa_devices,
        name="register-hardware-mfa-devices",
    ),
    path("account/", account.account_settings, name="account-settings"),
    path(
        "account/alias/",
        asks_one_of("CreateAccountAlias", "DeleteAccountAlias")(alias.account_alias),
        name="account-alias",
    ),
    path(
        "account/password-policy/",
        asks_one_of("UpdateAccountPasswordPolicy", "DeleteAccountPasswordPolicy")(
            password_policy.password_policy
        ),
        name="password-policy",
    ),
]
access_key_pages = [
    path("access-keys/", key_list.access_keys, name="access-keys"),
    path("access-keys/export/<str:form>/", key_list.export_access_keys, name="export-access-keys"),
    path("access-keys/change/", key_changes.change_access_keys, name="change-access-keys"),
    path(
        "access-keys/change/<uuid:choice_id>/",
        asks_one_of("UpdateAccessKey", "DeleteAccessKey")(key_changes.confirm_access_keys),
        name="confirm-access-keys",
    ),
]
server_certificate_pages = [
    path("server-certificates/", server_certificates.server_certificates, name="server-certificates"),
    path(
        "server-certificates/export/<str:form>/",
        server_certificates.export_server_certificates,
        name="export-server-certificates",
    ),
    path(
        "server-certificates/upload/",
        server_certificates.upload_server_certificate,
        name="upload-server-certificate",
    ),
    path(
        "server-certificates/<str:certificate_id>/",
        server_certificates.server_certificate,
        name="server-certificate",
    ),
    path(
        "server-certificates/<str:certificate_id>/download/<str:part>/",
        server_certificates.download_server_certificate,
        name="download-server-certificate",
    ),
    path(
        "server-certificates/<str:certificate_id>/edit/",
        asks_aws("UpdateServerCertificate")(server_certificates.edit_server_certificate),
        name="edit-server-certificate",
    ),
    path(
        "server-certificates/<str:certificate_id>/tags/",
        asks_one_of("TagServerCertificate", "UntagServerCertificate")(
            server_certificates.server_certificate_tags
        ),
        name="server-certificate-tags",
    ),
    path(
        "server-certificates/<str:certificate_id>/delete/",
        server_certificates.delete_server_certificate,
        name="delete-server-certificate",
    ),
]
across_pages = [
    path("all-accounts/access-keys/", across_keys.across_access_keys, name="across-access-keys"),
    path(
        "all-accounts/access-keys/export/<str:form>/",
        across_keys.export_across_access_keys,
        name="export-across-access-keys",
    ),
    path(
        "all-accounts/access-keys/change/",
        across_key_changes.change_across_access_keys,
        name="change-across-access-keys",
    ),
    path(
        "all-accounts/access-keys/change/<uuid:choice_id>/",
        across_key_changes.confirm_across_access_keys,
        name="confirm-across-access-keys",
    ),
    path(
        "all-accounts/access-keys/changed/",
        across_key_changes.changed_across_access_keys,
        name="changed-across-access-keys",
    ),
]
urlpatterns = [
    path("accounts/organization/roots/", member_roots.member_roots, name="member-roots"),
    path("accounts/organization/roots/read/", member_roots.audit_roots, name="audit-roots"),
    path("accounts/organization/roots/<str:account_id>/", member_roots.member_root, name="member-root"),
    path(
        "accounts/organization/roots/<str:account_id>/delete/",
        member_roots.delete_root_credentials,
        name="delete-root-credentials",
    ),
    path(
        "accounts/organization/roots/<str:account_id>/recovery/",
        member_roots.allow_root_password_recovery,
        name="allow-root-password-recovery",
    ),
    *sign_in_pages,
    *own_pages,
    *user_pages,
    *access_key_pages,
    *ssh_public_key_pages,
    *signing_certificate_pages,
    *server_certificate_pages,
    *across_pages,
]
