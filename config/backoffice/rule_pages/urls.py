"""Addresses of the pages that ask what rules would do."""

from django.urls import path

from config.backoffice.rule_pages import views

urlpatterns = [path("rules/what-if/<int:invoice_id>/", views.what_if, name="what-if")]
