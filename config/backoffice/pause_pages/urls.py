"""The addresses of the pause pages."""

from django.urls import path

from config.backoffice.pause_pages import views

urlpatterns = [
    path("pauses/new/<int:enrollment_id>/", views.make, name="pause-student"),
    path("pauses/<int:pause_id>/", views.change, name="change-pause"),
]
