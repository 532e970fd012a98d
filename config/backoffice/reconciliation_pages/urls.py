"""Addresses of reconciliation."""

from django.urls import path

from config.backoffice.reconciliation_pages import break_views, mapping_views, upload_views, views

urlpatterns = [
    path("reconciliation/", views.overview, name="reconciliation"),
    path("reconciliation/compare/", views.compare, name="reconciliation-compare"),
    path("reconciliation/upload/", upload_views.upload, name="reconciliation-upload"),
    path("reconciliation/uploads/<int:pk>/", upload_views.uploaded, name="reconciliation-uploaded"),
    path("reconciliation/uploads/<int:pk>/mapping/", mapping_views.mapping, name="reconciliation-mapping"),
    path("reconciliation/files/<int:pk>/", views.file_page, name="reconciliation-file"),
    path("reconciliation/files/<int:pk>/original/", views.original, name="reconciliation-original"),
    path("reconciliation/breaks/", break_views.breaks, name="reconciliation-breaks"),
    path("reconciliation/breaks/<int:pk>/", break_views.break_page, name="reconciliation-break"),
    path("reconciliation/breaks/<int:pk>/owner/", break_views.owner, name="reconciliation-owner"),
    path(
        "reconciliation/breaks/<int:pk>/resolve/<slug:code>/",
        break_views.resolve,
        name="reconciliation-resolve",
    ),
]
