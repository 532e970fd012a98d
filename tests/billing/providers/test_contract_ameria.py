"""Ameriabank keeps the contract."""

import pytest

from billing.providers import base
from tests.billing.providers.contract import IMPATIENT, NUMBER, ProviderContract, School, Status, payment


class TestAmeria(ProviderContract):
    provider = "ameria"
    profile = ""
    sandbox_profile = "ameria"
    path = "/VPOS/"
    refund_operation = "RefundPayment"
    # The bank answers this very fault for a payment that nobody tried; it is asked again like any other.
    fault_500 = Status.NOT_ATTEMPTED

    @pytest.mark.parametrize("unattempted", ["fault500", "550", "0-100"])
    def test_each_shape_of_an_untried_payment_is_not_attempted(
        self, school: School, unattempted: str
    ) -> None:
        school.agree(unattempted=unattempted)
        page = school.start()
        assert school.report(base.PaymentReference(NUMBER, page.provider_ref)).status is Status.NOT_ATTEMPTED
        assert school.report(base.PaymentReference(NUMBER)).status is Status.NOT_ATTEMPTED

    def test_repeating_a_start_answers_the_same_page(self, school: School) -> None:
        assert school.start() == school.start()

    def test_an_amount_against_the_rule_of_the_test_mode_is_refused(self, school: School) -> None:
        school.agree(test_mode=True)
        with pytest.raises(base.ProviderRefused) as refused:
            school.start()
        assert (refused.value.code, refused.value.credentials) == ("560", False)

    def test_a_lost_proof_of_the_login_is_asked_for_again(self, school: School) -> None:
        page = school.start()
        school.fault("drop-before", "find")
        reference = base.PaymentReference(NUMBER, page.provider_ref)
        with pytest.raises(base.ProviderUnavailable):
            school.report(reference)
        assert school.report(reference).status is Status.NOT_ATTEMPTED

    def test_a_duplicate_of_a_tried_payment_is_refused(self, school: School) -> None:
        school.paid()
        with pytest.raises(base.ProviderRefused) as refused:
            school.provider(IMPATIENT).start_payment(payment())
        assert refused.value.code == "8204"

    def test_the_opaque_and_a_readable_description_reach_the_bank(self, school: School) -> None:
        report = school.report(school.paid())
        assert report.raw["Opaque"] == "inv-7"
        assert report.raw["TrxnDescription"] == "Dasyntac 12, khumb 3"
