"""The pages about accounts, users and their permissions."""

from django.urls import path

from .views import accounts, policies, users

app_name = "users"
urlpatterns = [
    path("accounts/", accounts.account_list, name="accounts"),
    path("accounts/link/", accounts.link_account, name="link-account"),
    path("accounts/leave/", accounts.leave_account, name="leave-account"),
    path("accounts/<str:account_id>/", accounts.account_page, name="account"),
    path("accounts/<str:account_id>/switch/", accounts.switch_account, name="switch-account"),
    path("accounts/<str:account_id>/sync/", accounts.sync_account, name="sync-account"),
    path("accounts/<str:account_id>/unlink/", accounts.unlink_account, name="unlink-account"),
    path("users/", users.user_list, name="list"),
    path("users/<str:user_id>/", users.user_permissions, name="user"),
    path("users/<str:user_id>/policies/attach/", policies.attach_user_policy, name="attach-user-policy"),
    path("users/<str:user_id>/policies/detach/", policies.detach_user_policy, name="detach-user-policy"),
]
