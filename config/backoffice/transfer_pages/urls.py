"""The address of the transfer page."""

from django.urls import path

from config.backoffice.transfer_pages import views

urlpatterns = [path("transfers/<int:enrollment_id>/", views.move, name="transfer-student")]
