"""The addresses of a payment link; `links.link_address` and `attempts` build them."""

from django.urls import path

from billing.pay_page import views

urlpatterns = [
    path("pay/<str:token>/", views.show_link, name="pay-link"),
    path("pay/<str:token>/start", views.start, name="pay-start"),
    path("pay/<str:token>/renew", views.renew, name="pay-renew"),
    path("pay/<str:token>/return", views.come_back, name="pay-return"),
    path("pay/<str:token>/status", views.status, name="pay-status"),
]
