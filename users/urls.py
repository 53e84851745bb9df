"""The pages about accounts, users and their permissions."""

from django.urls import path

from .views import accounts, details, groups, list, managed_policies, memberships, policies, simulator, users

app_name = "users"
urlpatterns = [
    path("accounts/", accounts.account_list, name="accounts"),
    path("accounts/link/", accounts.link_account, name="link-account"),
    path("accounts/leave/", accounts.leave_account, name="leave-account"),
    path("accounts/<str:account_id>/", accounts.account_page, name="account"),
    path("accounts/<str:account_id>/edit/", accounts.edit_account, name="edit-account"),
    path("accounts/<str:account_id>/switch/", accounts.switch_account, name="switch-account"),
    path("accounts/<str:account_id>/sync/", accounts.sync_account, name="sync-account"),
    path("accounts/<str:account_id>/unlink/", accounts.unlink_account, name="unlink-account"),
    path("users/", list.user_list, name="list"),
    path("users/preferences/", list.list_preferences, name="list-preferences"),
    path("users/export/<str:form>/", list.export_users, name="export"),
    path("users/<str:user_id>/", users.user_permissions, name="user"),
    path("users/<str:user_id>/edit/", details.edit_user, name="edit-user"),
    path("users/<str:user_id>/groups/", memberships.user_groups, name="user-groups"),
    path("users/<str:user_id>/groups/add/", memberships.add_user_to_groups, name="add-user-to-groups"),
    path(
        "users/<str:user_id>/groups/remove/",
        memberships.remove_user_from_group,
        name="remove-user-from-group",
    ),
    path("users/<str:user_id>/tags/", details.user_tags, name="user-tags"),
    path("users/<str:user_id>/activity/", details.user_activity, name="user-activity"),
    path("users/<str:user_id>/policies/attach/", policies.attach_user_policy, name="attach-user-policy"),
    path("users/<str:user_id>/policies/detach/", policies.detach_user_policy, name="detach-user-policy"),
    path("users/<str:user_id>/boundary/", policies.permissions_boundary, name="permissions-boundary"),
    path("simulator/", simulator.simulator, name="simulator"),
    path("policies/", managed_policies.policy_list, name="policies"),
    path("policies/create/", managed_policies.create_policy, name="create-policy"),
    path("policies/<int:policy_pk>/", managed_policies.policy_permissions, name="policy"),
    path("policies/<int:policy_pk>/entities/", managed_policies.policy_entities, name="policy-entities"),
    path("policies/<int:policy_pk>/tags/", managed_policies.policy_tags, name="policy-tags"),
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
    path("policies/<int:policy_pk>/edit/", managed_policies.edit_policy, name="edit-policy"),
    path("policies/<int:policy_pk>/delete/", managed_policies.delete_policy, name="delete-policy"),
    path("groups/", groups.group_list, name="groups"),
    path("groups/create/", groups.create_group, name="create-group"),
    path("groups/<str:group_id>/", groups.group_users, name="group"),
    path("groups/<str:group_id>/edit/", groups.edit_group, name="edit-group"),
    path("groups/<str:group_id>/delete/", groups.delete_group, name="delete-group"),
    path("groups/<str:group_id>/users/add/", memberships.add_group_users, name="add-group-users"),
    path("groups/<str:group_id>/users/remove/", memberships.remove_group_user, name="remove-group-user"),
    path("groups/<str:group_id>/permissions/", groups.group_permissions, name="group-permissions"),
    path("groups/<str:group_id>/policies/attach/", policies.attach_group_policy, name="attach-group-policy"),
    path("groups/<str:group_id>/policies/detach/", policies.detach_group_policy, name="detach-group-policy"),
]
