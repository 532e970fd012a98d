"""Addresses of the refund pages."""

from django.urls import path

from config.backoffice.refund_pages import asking, deciding, parts, sample, views

urlpatterns = [
    path("refunds/", views.refund_list, name="refunds"),
    path("refunds/policy-sample/", sample.policy_sample, name="refund-policy-sample"),
    path("refunds/request/<int:payment_id>/", asking.ask, name="refund-request"),
    path("refunds/<int:pk>/", views.refund, name="refund"),
    path("refunds/<int:pk>/decide/", deciding.decide, name="refund-decide"),
    path("refunds/part/<int:pk>/", parts.part, name="refund-part"),
    path("refunds/part/<int:pk>/withdraw/", parts.withdraw, name="refund-withdraw"),
    path("refunds/part/<int:pk>/document/", parts.enter_document, name="refund-document"),
    path("refunds/part/<int:pk>/ask/", parts.ask_bank, name="refund-ask"),
    path("refunds/part/<int:pk>/conclude/", parts.conclude, name="refund-conclude"),
    path("refunds/part/<int:pk>/scan/", parts.scan, name="refund-scan"),
]
