"""The addresses of the student's own page; `students.entering` builds the one in the mail."""

from django.urls import path

from config.my_page import entry_views, views

urlpatterns = [
    path("my/", views.show, name="my-page"),
    path("my/ask", entry_views.ask, name="my-ask"),
    path("my/open/<str:token>/", entry_views.open_link, name="my-open"),
    path("my/leave", entry_views.leave, name="my-leave"),
    path("my/pay/<int:installment_id>", views.pay, name="my-pay"),
    path("my/wish", views.wish, name="my-wish"),
    path("my/consent", views.consent, name="my-consent"),
    path("my/data", views.take_data, name="my-data"),
]
