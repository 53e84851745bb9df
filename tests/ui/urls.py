"""The addresses that the frame names."""

from django.http import HttpResponse
from django.urls import include, path


def nothing(request):
    return HttpResponse()


urlpatterns = [
    path("", nothing, name="home"),
    path("undo/<uuid:work_id>/", nothing, name="undo-changes"),
    path("undo/<uuid:work_id>/<int:row>/", nothing, name="undo-row"),
    path("users/", include(([path("", nothing, name="list")], "users"))),
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
