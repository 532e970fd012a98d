import pytest

pytest.register_assert_rewrite("tests.billing.providers.contract")
