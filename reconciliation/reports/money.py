"""Money by merchant account and day: what came, went back and was kept, and what the bank still holds for us."""

from django.utils.translation import gettext_lazy as _

from reconciliation.reports import columns, kinds
from reconciliation.reports.base import Check, Column, Kind, Report, Source

SQL = f"""
WITH line AS (
    SELECT l.merchant_account_id AS account_id, l.currency, t.booked_on, l.amount_minor, l.payment_id,
           CASE WHEN t.booked_on >= %(first)s THEN {kinds.column_of(kinds.CLEARING)} END AS part
    FROM billing_ledgerline l JOIN billing_ledgertransaction t ON t.id = l.transaction_id
    WHERE l.account = 'provider_clearing' AND t.booked_on <= %(last)s
), earlier AS (
    SELECT account_id, currency, sum(amount_minor) AS balance FROM line WHERE part IS NULL GROUP BY account_id, currency
), day AS (
    SELECT account_id, currency, booked_on AS day,
           count(DISTINCT payment_id) FILTER (WHERE part = 'captured') AS payments,
           coalesce(sum(amount_minor) FILTER (WHERE part = 'captured'), 0) AS captured,
           coalesce(sum(amount_minor) FILTER (WHERE part = 'held'), 0) AS held,
           coalesce(-sum(amount_minor) FILTER (WHERE part = 'refunds'), 0) AS refunds,
           coalesce(-sum(amount_minor) FILTER (WHERE part = 'fees'), 0) AS fees,
           coalesce(sum(amount_minor) FILTER (WHERE part = 'other'), 0) AS other,
           sum(amount_minor) AS net
    FROM line WHERE part IS NOT NULL GROUP BY account_id, currency, booked_on
    UNION ALL  -- an account on which nothing moved still holds what it held
    SELECT account_id, currency, %(first)s::date, 0, 0, 0, 0, 0, 0, 0 FROM earlier
    WHERE balance <> 0 AND NOT EXISTS (
        SELECT FROM line n WHERE n.part IS NOT NULL AND n.currency = earlier.currency
                             AND n.account_id IS NOT DISTINCT FROM earlier.account_id)
), told AS (
    SELECT day.*, coalesce(earlier.balance, 0)
                  + sum(net) OVER (PARTITION BY day.account_id, day.currency ORDER BY day.day) AS balance
    FROM day LEFT JOIN earlier ON earlier.currency = day.currency AND earlier.account_id IS NOT DISTINCT FROM day.account_id
)
SELECT told.day, coalesce(m.code, '') AS merchant_account, m.name, told.account_id, told.currency, told.payments,
       (balance - net)::bigint AS opening, captured::bigint, held::bigint, refunds::bigint, fees::bigint, other::bigint,
       net::bigint, balance::bigint
FROM told LEFT JOIN billing_merchantaccount m ON m.id = told.account_id
"""  # noqa: S608 -- our own text

CHECK = """
SELECT coalesce(r.currency, b.currency), coalesce(r.told, 0), coalesce(b.booked, 0)
FROM (SELECT currency, sum(balance) AS told
      FROM (SELECT DISTINCT ON (merchant_account, currency) currency,
                   opening + captured + held - refunds - fees AS balance
            FROM ({rows}) AS r ORDER BY merchant_account, currency, day DESC) AS last GROUP BY currency) AS r
FULL JOIN (SELECT l.currency, sum(l.amount_minor) AS booked
           FROM billing_ledgerline l JOIN billing_ledgertransaction t ON t.id = l.transaction_id
           WHERE l.account = 'provider_clearing' AND t.booked_on <= %(last)s GROUP BY l.currency) AS b
  ON b.currency = r.currency
WHERE coalesce(r.told, 0) <> 0 OR coalesce(b.booked, 0) <> 0
ORDER BY 1
"""
SAME = {"merchant_account": "merchant_account", "currency": "currency"}


def _of_the_day(part: str = "") -> Source:
    fixed = {"account": "provider_clearing", **({"part": part} if part else {})}
    return Source(report="ledger_lines", fixed=fixed, same={**SAME, "booked_on": "day"})


def _amount(code: str) -> Column:
    return Column(code=code, title=kinds.WORDS[code], kind=Kind.MONEY, total=True, source=_of_the_day(code))


REPORT = Report(
    code="money",
    title=_("Money by merchant account"),
    lead=_("What came, went back and was kept, day by day, and what each bank still holds for the school."),
    nothing=_("No money moved in this month, and no bank holds any. Choose a month in which students paid."),
    rights=["billing.view_ledgerline", "billing.view_merchantaccount"],
    columns=[
        Column(code="day", title=_("day"), kind=Kind.DATE, filter=True),
        Column(
            code="merchant_account",
            title=_("merchant account"),
            kind=Kind.CODE,
            record="billing.merchantaccount",
            record_id="account_id",
            filter=True,
        ),
        Column(code="name", title=_("name"), kind=Kind.TEXT, on_screen=False),
        Column(
            code="payments", title=_("payments"), kind=Kind.COUNT, total=True, source=_of_the_day("captured")
        ),
        Column(
            code="opening",
            title=_("balance before"),
            kind=Kind.MONEY,
            on_screen=False,
        ),
        _amount("captured"),
        _amount("held"),
        _amount("refunds"),
        _amount("fees"),
        Column(
            code="other",
            title=kinds.WORDS["other"],
            kind=Kind.MONEY,
            total=True,
            source=_of_the_day("other"),
            on_screen=False,
        ),
        Column(code="net", title=_("net"), kind=Kind.MONEY, total=True, source=_of_the_day()),
        Column(
            code="balance",
            title=_("held by the bank"),
            kind=Kind.MONEY,
            source=Source(
                report="ledger_lines", fixed={"account": "provider_clearing"}, same=SAME, span="until_day"
            ),
        ),
        columns.currency(),
    ],
    sql=SQL,
    key=["day", "merchant_account", "currency"],
    group="merchant_account",
    checks=[
        Check(
            title=_("What the banks hold at the end of the month is what the books say"),
            ours=_("this report"),
            theirs=_("the books"),
            sql=CHECK,
            source=Source(report="ledger_lines", fixed={"account": "provider_clearing"}, span="until"),
        )
    ],
)
