"""Fixtures of the providers' tests."""

from tests.billing.providers.scripted import bank

__all__ = ["bank"]
