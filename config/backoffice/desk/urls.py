"""Addresses of the operator desk."""

from django.urls import path

from config.backoffice.desk import views

urlpatterns = [
    path("desk/", views.desk, name="desk"),
    path("desk/claim/", views.claim, name="desk-claim"),
    path("desk/<int:pk>/", views.task_page, name="desk-task"),
    path("desk/<int:pk>/take/", views.take, name="desk-take"),
    path("desk/<int:pk>/postpone/", views.postpone, name="desk-postpone"),
    path("desk/<int:pk>/resolve/<slug:code>/", views.resolve, name="desk-resolve"),
]
