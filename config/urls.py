"""Every address of the house."""

from django.contrib import admin
from django.urls import include, path

from billing import webhooks
from config import health

urlpatterns = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("billing.pay_page.urls")),
    path("", include("config.my_page.urls")),
    path("", include("config.backoffice.student_page.urls")),
    path("", include("config.backoffice.desk.urls")),
    path("", include("config.backoffice.reconciliation_pages.urls")),
    path("", include("config.backoffice.plan_pages.urls")),
    path("", include("config.backoffice.refund_pages.urls")),
    path("", include("config.backoffice.transfer_pages.urls")),
    path("", include("config.backoffice.pause_pages.urls")),
    path("", include("config.backoffice.rule_pages.urls")),
    path("", include("config.backoffice.bulk_link_pages.urls")),
    path("", include("config.backoffice.discount_pages.urls")),
    path("", include("config.backoffice.month_pages.urls")),
    path("", include("config.backoffice.report_pages.urls")),
    path("api/", include("config.backoffice.api.urls")),
    path("callbacks/<slug:account_code>/", webhooks.receive_callback, name="provider-callback"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
