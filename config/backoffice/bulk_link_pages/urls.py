"""The addresses of the pages for links made at once."""

from django.urls import path

from config.backoffice.bulk_link_pages import views

urlpatterns = [
    path("links/at-once/", views.ask, name="bulk-links"),
    path("links/at-once/<int:pk>/", views.batch, name="link-batch"),
]
