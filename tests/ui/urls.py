"""The addresses that the frame names."""

from django.http import HttpResponse
from django.urls import include, path


def nothing(request):
    return HttpResponse()


USERS = ("list", "own-permissions", "own-activity")
urlpatterns = [
    path("", nothing, name="home"),
    path(
        "users/",
        include(([path(f"{name}/", nothing, name=name) for name in USERS], "users")),
    ),
    path(
        "me/",
        include(
            (
                [path("", nothing, name="my-security-credentials"), path("out/", nothing, name="sign-out")],
                "credentials",
            )
        ),
    ),
]
