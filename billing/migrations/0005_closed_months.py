"""
The lock of closed months: what posting asks, and what the database refuses from everybody, the serving role's raw SQL included.

A month is closed with all that lies before it. Posting holds its month's lock shared, closing holds the locks of all the months
that it shuts alone. Functions name tables with their schema: nobody's temporary table stands in for ours.
"""

from django.db import migrations, models

from common import grants

LOCKS = """
CREATE FUNCTION billing_month_lock(day date) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT greatest(0, (extract(year FROM day)::integer - 2020) * 12 + extract(month FROM day)::integer - 1)
$$;

-- Where a fact of this day is booked: on the day itself, or on the first day of the first open month. A month that somebody
-- closes at this very moment counts as closed, so that money never waits for an accountant.
CREATE FUNCTION billing_booking_day(wanted date) RETURNS date LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    day date := wanted;
    shut date;
BEGIN
    LOOP
        IF NOT pg_try_advisory_xact_lock_shared(1112493899, public.billing_month_lock(day)) THEN
            day := greatest(date_trunc('month', day) + interval '1 month', '2020-02-01')::date;
            CONTINUE;
        END IF;
        SELECT max(month) INTO shut FROM public.billing_closedmonth WHERE month >= date_trunc('month', day);
        EXIT WHEN shut IS NULL;
        day := (shut + interval '1 month')::date;
    END LOOP;
    RETURN day;
END $$;

-- Take the locks of all the months that closing this one shuts: postings under way end first.
CREATE FUNCTION billing_lock_months(last date) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    first integer;
BEGIN
    SELECT coalesce(public.billing_month_lock(max(month)) + 1, 0) INTO first FROM public.billing_closedmonth;
    FOR lock IN first .. public.billing_month_lock(last) LOOP
        PERFORM pg_advisory_xact_lock(1112493899, lock);
    END LOOP;
END $$;
"""

REFUSALS = """
CREATE FUNCTION billing_require_open_month(day date, what text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'the books are written in READ COMMITTED, which sees a month that was closed meanwhile'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT pg_try_advisory_xact_lock_shared(1112493899, public.billing_month_lock(day)) THEN
        PERFORM pg_advisory_xact_lock_shared(1112493899, public.billing_month_lock(day));
    END IF;
    IF EXISTS (SELECT FROM public.billing_closedmonth WHERE month >= date_trunc('month', day)) THEN
        RAISE EXCEPTION '% is booked on %, and its month is closed', what, day USING ERRCODE = 'check_violation';
    END IF;
END $$;

CREATE FUNCTION billing_closed_month_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM public.billing_require_open_month(OLD.booked_on, 'ledger transaction ' || OLD.key);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM public.billing_require_open_month(NEW.booked_on, 'ledger transaction ' || NEW.key);
        RETURN NEW;
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER closed_month_stays BEFORE INSERT OR UPDATE OR DELETE ON billing_ledgertransaction
FOR EACH ROW EXECUTE FUNCTION billing_closed_month_stays();

-- The transaction of a line that is posted with it was asked about a moment ago (xmin is ours).
CREATE FUNCTION billing_lines_of_closed_month_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    day date;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        SELECT booked_on INTO day FROM public.billing_ledgertransaction WHERE id = OLD.transaction_id;
        PERFORM public.billing_require_open_month(day, 'ledger line ' || OLD.id);
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    SELECT booked_on INTO day FROM public.billing_ledgertransaction
    WHERE id = NEW.transaction_id AND xmin IS DISTINCT FROM pg_current_xact_id_if_assigned()::xid;
    IF FOUND THEN
        PERFORM public.billing_require_open_month(day, 'a line of ledger transaction ' || NEW.transaction_id);
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER lines_of_closed_month_stay BEFORE INSERT OR UPDATE OR DELETE ON billing_ledgerline
FOR EACH ROW EXECUTE FUNCTION billing_lines_of_closed_month_stay();
"""

UNDO = """
DROP FUNCTION billing_lines_of_closed_month_stay CASCADE;
DROP FUNCTION billing_closed_month_stays CASCADE;
DROP FUNCTION billing_require_open_month;
DROP FUNCTION billing_lock_months;
DROP FUNCTION billing_booking_day;
DROP FUNCTION billing_month_lock;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_payment_payments_refunded_at_provider"), ("common", "0002_app_role")]
    operations = [
        migrations.CreateModel(
            name="ClosedMonth",
            fields=[
                ("month", models.DateField(primary_key=True, serialize=False)),
                ("shut_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="ledgertransaction",
            name="late_for",
            field=models.DateField(blank=True, null=True, verbose_name="belongs to the month"),
        ),
        migrations.AddConstraint(
            model_name="ledgertransaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("late_for__isnull", True),
                    models.Q(("late_for__day", 1), ("late_for__lt", models.F("booked_on"))),
                    _connector="OR",
                ),
                name="late_fact_is_booked_later",
            ),
        ),
        grants.read_only("billing_closedmonth"),
        migrations.RunSQL(LOCKS + REFUSALS, UNDO),
    ]
