"""Addresses of the API, included under /api/."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView

from config.backoffice.api.resources import (
    access,
    courses,
    enrollments,
    groups,
    invoices,
    nowhere,
    payment_links,
    payment_requests,
    payments,
    students,
    timeline,
)

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("v1/students", students.Students.as_view()),
    path("v1/students/<str:id>", students.OneStudent.as_view()),
    path("v1/students/<str:id>/timeline", timeline.Timeline.as_view()),
    path("v1/courses", courses.Courses.as_view()),
    path("v1/courses/<str:id>", courses.OneCourse.as_view()),
    path("v1/groups", groups.Groups.as_view()),
    path("v1/groups/<str:id>", groups.OneGroup.as_view()),
    path("v1/enrollments", enrollments.Enrollments.as_view()),
    path("v1/enrollments/<str:id>", enrollments.OneEnrollment.as_view()),
    path("v1/invoices", invoices.Invoices.as_view()),
    path("v1/invoices/<str:id>", invoices.OneInvoice.as_view()),
    path("v1/payment-links", payment_links.PaymentLinks.as_view()),
    path("v1/payment-links/<str:id>", payment_links.OnePaymentLink.as_view()),
    path("v1/payment-requests", payment_requests.PaymentRequests.as_view()),
    path("v1/payments", payments.Payments.as_view()),
    path("v1/payments/<str:id>", payments.OnePayment.as_view()),
    path("v1/access", access.Access.as_view()),
    re_path("", nowhere.Nowhere.as_view()),
]
