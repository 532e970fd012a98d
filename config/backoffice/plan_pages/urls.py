"""Addresses of the pages of payment plans."""

from django.urls import path

from config.backoffice.plan_pages import sample

urlpatterns = [path("plans/sample/", sample.plan_sample, name="payment-plan-sample")]
