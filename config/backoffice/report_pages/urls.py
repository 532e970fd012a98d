"""Addresses of the reports."""

from django.urls import path

from config.backoffice.report_pages import downloads, views

urlpatterns = [
    path("reports/", views.index, name="reports"),
    path("reports/<slug:code>/", views.report, name="report"),
    path("reports/<slug:code>.<slug:form>", downloads.report_file, name="report-file"),
]
