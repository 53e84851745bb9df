"""The pages about accounts, users and their permissions."""

from django.urls import path

from .views import policies, users

app_name = "users"
urlpatterns = [
    path("users/", users.user_list, name="list"),
    path("users/<str:user_id>/", users.user_permissions, name="user"),
    path("users/<str:user_id>/policies/attach/", policies.attach_user_policy, name="attach-user-policy"),
    path("users/<str:user_id>/policies/detach/", policies.detach_user_policy, name="detach-user-policy"),
]
