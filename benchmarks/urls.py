"""The console's pages and, for comparison only, the Django admin's list of the same table."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import include, path

from users.models import User


class OpenSite(admin.AdminSite):
    """An admin that asks for no permission: only the list itself is measured."""

    def has_permission(self, request: HttpRequest) -> bool:
        return True


class UserAdmin(admin.ModelAdmin):
    list_display = [
        "user_name",
        "group_names",
        "password_enabled",
        "mfa_count",
        "last_activity",
        "password_last_changed",
        "oldest_active_key",
        "key_last_used",
        "create_date",
    ]
    search_fields = ["user_name"]
    list_per_page = 50
    ordering = ["name_folded"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    has_view_permission = has_change_permission = has_add_permission = has_delete_permission = (
        lambda self, request, obj=None: True
    )


site = OpenSite(name="admin")
site.register(User, UserAdmin)
urlpatterns = [path("admin/", site.urls), path("", include("iamconsole.urls"))]
