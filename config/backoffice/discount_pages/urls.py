"""The addresses of the discount pages."""

from django.urls import path

from config.backoffice.discount_pages import views

urlpatterns = [
    path("discounts/new/<int:invoice_id>/", views.give, name="give-discount"),
    path("discounts/<int:discount_id>/take-back/", views.withdraw, name="withdraw-discount"),
]
