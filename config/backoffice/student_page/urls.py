"""Addresses of the student page and the search."""

from django.urls import path

from config.backoffice.student_page import data_views, views

urlpatterns = [
    path("students/", views.student_search, name="student-search"),
    path("students/<int:pk>/", views.student_page, name="student-page"),
    path("students/<int:pk>/data/", data_views.take_data, name="student-take-data"),
    path("students/<int:pk>/erase/", data_views.erase, name="student-erase"),
    path("students/<int:pk>/notes/", views.add_note, name="student-add-note"),
    path("students/<int:pk>/payments/<int:payment_id>/ask/", views.ask_provider, name="student-ask-provider"),
]
