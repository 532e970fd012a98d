"""Addresses of the months and their closing."""

from django.urls import path

from config.backoffice.month_pages import closing_views, views

urlpatterns = [
    path("months/", views.months, name="months"),
    path("months/<slug:text>/", views.month, name="month"),
    path("months/<slug:text>/numbers/", views.numbers_part, name="month-numbers"),
    path("months/<slug:text>/kept/<int:pk>/", views.kept, name="month-kept"),
    path("months/<slug:text>/signed/<int:generation>/", views.signed, name="month-signed"),
    path("months/<slug:text>/review/", closing_views.review, name="month-review"),
    path("months/<slug:text>/close/", closing_views.close, name="month-close"),
    path("months/<slug:text>/reopen/", closing_views.reopen, name="month-reopen"),
]
