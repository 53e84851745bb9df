"""The pages about accounts, users and their permissions."""

from django.urls import path

from iamconsole.operations.at_aws import asks_aws, asks_one_of
from users.accounts.views import accounts, bulk_linking, linking, local_accounts, mfa_requirement, syncs
from users.groups.views import groups, memberships
from users.impact.views.review import review_permissions, work_out_permissions
from users.organization import views as organization
from users.own_access import views as own_access
from users.people.views import across, copies, details, hidden, list
from users.people.views import permissions as users
from users.permission_requests import views as permission_requests
from users.policies.views import attachments as policies
from users.policies.views import (
    inline_policies,
    managed_policies,
    mfa_policy,
    policy_entities,
    ready_policies,
)
from users.search import views as search
from users.simulator.views import effective, simulator
from users.who_can import across_views as across_who_can
from users.who_can import views as who_can

app_name = "users"
urlpatterns = [
    path("accounts/", accounts.account_list, name="accounts"),
    path("accounts/create/", local_accounts.create_account, name="create-account"),
    path("accounts/<str:account_id>/delete/", local_accounts.delete_account, name="delete-account"),
    path("accounts/link/", linking.link_account, name="link-account"),
    path("accounts/link/several/", bulk_linking.link_accounts, name="link-accounts"),
    path("accounts/link/organization/", organization.link_organization, name="link-organization"),
    path("accounts/link/organization/template/", organization.stack_set_template, name="stack-set"),
    path(
        "accounts/link/organization/template/download/",
        organization.download_stack_set,
        name="download-stack-set",
    ),
    path("accounts/link/organization/read/", organization.read_organization, name="read-organization"),
    path("accounts/link/<uuid:secret_id>/", linking.link_tested, name="link-tested"),
    path("accounts/syncs/", syncs.sync_list, name="syncs"),
    path("accounts/leave/", accounts.leave_account, name="leave-account"),
    path("accounts/<str:account_id>/", accounts.account_page, name="account"),
    path("accounts/<str:account_id>/edit/", accounts.edit_account, name="edit-account"),
    path("accounts/<str:account_id>/switch/", accounts.switch_account, name="switch-account"),
    path("accounts/<str:account_id>/sync/", accounts.sync_account, name="sync-account"),
    path("all-accounts/users/", across.across_users, name="across-users"),
    path("all-accounts/users/export/<str:form>/", across.export_across_users, name="export-across-users"),
    path("all-accounts/who-can/", across_who_can.across_who_can, name="across-who-can"),
    path(
        "all-accounts/who-can/<uuid:job_id>/",
        across_who_can.across_who_can_result,
        name="across-who-can-result",
    ),
    path(
        "all-accounts/who-can/<uuid:job_id>/export/<str:form>/",
        across_who_can.export_across_who_can,
        name="export-across-who-can",
    ),
    path("accounts/<str:account_id>/access/", linking.update_link, name="update-link"),
    path("accounts/<str:account_id>/test/", linking.test_link, name="test-link"),
    path("accounts/<str:account_id>/schedule/", linking.update_sync_schedule, name="update-sync-schedule"),
    path("accounts/<str:account_id>/unlink/", linking.unlink_account, name="unlink-account"),
    path("me/hidden/<str:hidden>/", hidden.hide_part, name="hide-part"),
    path("users/", list.user_list, name="list"),
    path("users/preferences/", list.list_preferences, name="list-preferences"),
    path("users/export/<str:form>/", list.export_users, name="export"),
    path("users/<str:user_id>/", users.user_permissions, name="user"),
    path("users/<str:user_id>/edit/", asks_aws("UpdateUser")(details.edit_user), name="edit-user"),
    path("users/<str:user_id>/access/", effective.user_access, name="user-access"),
    path("users/<str:user_id>/groups/", memberships.user_groups, name="user-groups"),
    path(
        "users/<str:user_id>/groups/add/",
        asks_aws("AddUserToGroup")(memberships.add_user_to_groups),
        name="add-user-to-groups",
    ),
    path(
        "users/<str:user_id>/groups/remove/",
        asks_aws("RemoveUserFromGroup")(memberships.remove_user_from_group),
        name="remove-user-from-group",
    ),
    path(
        "users/<str:user_id>/tags/", asks_one_of("TagUser", "UntagUser")(details.user_tags), name="user-tags"
    ),
    path("users/<str:user_id>/activity/", details.user_activity, name="user-activity"),
    path("users/<str:user_id>/policies/attach/", policies.attach_user_policy, name="attach-user-policy"),
    path("users/<str:user_id>/policies/detach/", policies.detach_user_policy, name="detach-user-policy"),
    path(
        "users/<str:user_id>/inline/create/",
        asks_aws("PutUserPolicy")(inline_policies.create_inline_policy),
        name="create-user-inline-policy",
    ),
    path(
        "users/<str:user_id>/inline/<int:inline_pk>/",
        asks_aws("PutUserPolicy")(inline_policies.edit_inline_policy),
        name="edit-user-inline-policy",
    ),
    path(
        "users/<str:user_id>/inline/<int:inline_pk>/delete/",
        asks_aws("DeleteUserPolicy")(inline_policies.delete_inline_policy),
        name="delete-user-inline-policy",
    ),
    path("users/<str:user_id>/copy/", copies.copy_permissions, name="copy-permissions"),
    path(
        "users/<str:user_id>/boundary/",
        asks_one_of("PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary")(
            policies.permissions_boundary
        ),
        name="permissions-boundary",
    ),
    path("me/permissions/", own_access.own_permissions, name="own-permissions"),
    path("me/permissions/request/", permission_requests.request_permission, name="request-permission"),
    path(
        "me/permissions/withdraw/",
        permission_requests.withdraw_permission_request,
        name="withdraw-permission-request",
    ),
    path("permission-requests/", permission_requests.permission_requests, name="permission-requests"),
    path(
        "permission-requests/<uuid:request_id>/",
        permission_requests.permission_request,
        name="permission-request",
    ),
    path("me/activity/", own_access.own_activity, name="own-activity"),
    path("search/", search.search, name="search"),
    path("search/list/", search.search_list, name="search-list"),
    path("simulator/", simulator.simulator, name="simulator"),
    path("who-can/", who_can.who_can, name="who-can"),
    path("who-can/actions/", who_can.suggest_actions, name="suggest-actions"),
    path("who-can/export/<str:form>/", who_can.export_who_can, name="export-who-can"),
    path("who-can/inline/<int:inline_pk>/", who_can.inline_policy, name="who-can-inline-policy"),
    path("policies/", managed_policies.policy_list, name="policies"),
    path("policies/create/", managed_policies.create_policy, name="create-policy"),
    path("policies/ready/", ready_policies.ready_policies, name="ready-policies"),
    path("policies/ready/<str:name>/create/", ready_policies.create_ready_policy, name="create-ready-policy"),
    path("policies/<int:policy_pk>/", managed_policies.policy_permissions, name="policy"),
    path("policies/<int:policy_pk>/entities/", policy_entities.policy_entities, name="policy-entities"),
    path(
        "policies/<int:policy_pk>/entities/attach/users/",
        asks_aws("AttachUserPolicy")(policy_entities.change_policy_entities),
        {"verb": "Attach", "kind": "User"},
        name="attach-policy-to-users",
    ),
    path(
        "policies/<int:policy_pk>/entities/attach/groups/",
        asks_aws("AttachGroupPolicy")(policy_entities.change_policy_entities),
        {"verb": "Attach", "kind": "Group"},
        name="attach-policy-to-groups",
    ),
    path(
        "policies/<int:policy_pk>/entities/detach/users/",
        asks_aws("DetachUserPolicy")(policy_entities.change_policy_entities),
        {"verb": "Detach", "kind": "User"},
        name="detach-policy-from-users",
    ),
    path(
        "policies/<int:policy_pk>/entities/detach/groups/",
        asks_aws("DetachGroupPolicy")(policy_entities.change_policy_entities),
        {"verb": "Detach", "kind": "Group"},
        name="detach-policy-from-groups",
    ),
    path(
        "policies/<int:policy_pk>/tags/",
        asks_one_of("TagPolicy", "UntagPolicy")(managed_policies.policy_tags),
        name="policy-tags",
    ),
    path("policies/<int:policy_pk>/versions/", managed_policies.policy_versions, name="policy-versions"),
    path(
        "policies/<int:policy_pk>/versions/default/",
        managed_policies.set_default_policy_version,
        name="set-default-policy-version",
    ),
    path(
        "policies/<int:policy_pk>/versions/delete/",
        managed_policies.delete_policy_version,
        name="delete-policy-version",
    ),
    path(
        "policies/<int:policy_pk>/edit/",
        asks_aws("CreatePolicyVersion")(managed_policies.edit_policy),
        name="edit-policy",
    ),
    path("policies/<int:policy_pk>/delete/", managed_policies.delete_policy, name="delete-policy"),
    path("groups/", groups.group_list, name="groups"),
    path("groups/create/", groups.create_group, name="create-group"),
    path("groups/<str:group_id>/", groups.group_users, name="group"),
    path("groups/<str:group_id>/edit/", asks_aws("UpdateGroup")(groups.edit_group), name="edit-group"),
    path(
        "groups/<str:group_id>/inline/create/",
        asks_aws("PutGroupPolicy")(inline_policies.create_inline_policy),
        name="create-group-inline-policy",
    ),
    path(
        "groups/<str:group_id>/inline/<int:inline_pk>/",
        asks_aws("PutGroupPolicy")(inline_policies.edit_inline_policy),
        name="edit-group-inline-policy",
    ),
    path(
        "groups/<str:group_id>/inline/<int:inline_pk>/delete/",
        asks_aws("DeleteGroupPolicy")(inline_policies.delete_inline_policy),
        name="delete-group-inline-policy",
    ),
    path("policies/review/job/", work_out_permissions, name="work-out-permissions"),
    path("policies/review/<uuid:choice_id>/", review_permissions, name="review-permissions"),
    path("groups/<str:group_id>/mfa/", mfa_requirement.require_mfa_of_group, name="group-mfa-requirement"),
    path("account/mfa/", mfa_requirement.require_mfa_of_account, name="mfa-requirement"),
    path(
        "account/mfa/groups/",
        asks_aws("AttachGroupPolicy")(mfa_policy.require_mfa),
        {"kind": "Group"},
        name="require-mfa-of-groups",
    ),
    path(
        "account/mfa/groups/<uuid:choice_id>/",
        asks_aws("AttachGroupPolicy")(mfa_policy.preview_mfa),
        {"kind": "Group"},
        name="preview-mfa-of-groups",
    ),
    path(
        "account/mfa/users/",
        asks_aws("AttachUserPolicy")(mfa_policy.require_mfa),
        {"kind": "User"},
        name="require-mfa-of-users",
    ),
    path(
        "account/mfa/users/<uuid:choice_id>/",
        asks_aws("AttachUserPolicy")(mfa_policy.preview_mfa),
        {"kind": "User"},
        name="preview-mfa-of-users",
    ),
    path(
        "account/mfa/restore/",
        asks_aws("CreatePolicyVersion")(mfa_policy.restore_mfa_policy),
        name="restore-mfa-policy",
    ),
    path(
        "account/mfa/stop/",
        asks_one_of("DetachGroupPolicy", "DetachUserPolicy")(mfa_policy.stop_requiring_mfa),
        name="stop-requiring-mfa",
    ),
    path("groups/<str:group_id>/delete/", groups.delete_group, name="delete-group"),
    path(
        "groups/<str:group_id>/users/add/",
        asks_aws("AddUserToGroup")(memberships.add_group_users),
        name="add-group-users",
    ),
    path(
        "groups/<str:group_id>/users/remove/",
        asks_aws("RemoveUserFromGroup")(memberships.remove_group_user),
        name="remove-group-user",
    ),
    path("groups/<str:group_id>/permissions/", groups.group_permissions, name="group-permissions"),
    path("groups/<str:group_id>/policies/attach/", policies.attach_group_policy, name="attach-group-policy"),
    path("groups/<str:group_id>/policies/detach/", policies.detach_group_policy, name="detach-group-policy"),
]
