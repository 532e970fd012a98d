"""
The signed month: what was signed is kept, only another person reopens it, and signing shuts the books.

The triggers work with the owner's rights, because the serving role may not write the books' lock. Nobody else may use them:
without that, somebody could hang them on a temporary table of his own and open the books with it.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from common import grants

GUARD = """
CREATE FUNCTION reconciliation_guard_month() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_RELID <> 'public.reconciliation_monthclose'::regclass THEN
        RAISE EXCEPTION 'this trigger belongs to another table' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state IN ('closed', 'reopened') THEN
            RAISE EXCEPTION 'a month begins open' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.closed_at IS NOT NULL THEN
            RAISE EXCEPTION 'the month % was signed and stays', OLD.month USING ERRCODE = 'check_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF NEW.id <> OLD.id OR NEW.month <> OLD.month THEN
        RAISE EXCEPTION 'a month stays that month' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = 'closed' THEN
        IF NEW.state <> 'reopened' OR NEW.reopened_by_id IS NULL OR NEW.reopened_by_id = OLD.closed_by_id
           OR NEW.reopened_at IS NULL OR btrim(NEW.reopen_reason) = '' OR
           (NEW.closed_at, NEW.closed_by_id, NEW.snapshot, NEW.snapshot_sha256) IS DISTINCT FROM
           (OLD.closed_at, OLD.closed_by_id, OLD.snapshot, OLD.snapshot_sha256) THEN
            RAISE EXCEPTION 'the month % is closed: another person may reopen it with a reason', OLD.month
                USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (SELECT FROM billing_closedmonth WHERE month > OLD.month) THEN
            RAISE EXCEPTION 'a later month than % is closed: reopen that first', OLD.month USING ERRCODE = 'check_violation';
        END IF;
        DELETE FROM billing_closedmonth WHERE month = OLD.month;
        RETURN NEW;
    END IF;
    IF NEW.state = 'reopened' AND OLD.state <> 'reopened' THEN
        RAISE EXCEPTION 'the month % is not closed', OLD.month USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'closed' THEN
        IF OLD.state <> 'in_review' THEN
            RAISE EXCEPTION 'the month % is not in review', OLD.month USING ERRCODE = 'check_violation';
        END IF;
        PERFORM billing_lock_months(OLD.month);
        IF EXISTS (SELECT FROM billing_closedmonth WHERE month >= OLD.month) THEN
            RAISE EXCEPTION 'the month % is shut already', OLD.month USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (
            SELECT FROM billing_ledgertransaction WHERE booked_on < OLD.month AND booked_on >=
                coalesce((SELECT max(month) + interval '1 month' FROM billing_closedmonth), '-infinity')
        ) THEN
            RAISE EXCEPTION 'a month before % is open', OLD.month USING ERRCODE = 'check_violation';
        END IF;
        IF NOT EXISTS (
            SELECT FROM reconciliation_monthsnapshot
            WHERE month_close_id = OLD.id AND sha256 = NEW.snapshot_sha256 AND closed_by_id = NEW.closed_by_id
              AND closed_at = NEW.closed_at
        ) THEN
            RAISE EXCEPTION 'nothing was kept of the month %', OLD.month USING ERRCODE = 'check_violation';
        END IF;
        INSERT INTO billing_closedmonth (month, shut_at) VALUES (OLD.month, NEW.closed_at);
    END IF;
    RETURN NEW;
END $$;

REVOKE EXECUTE ON FUNCTION reconciliation_guard_month() FROM PUBLIC;

CREATE TRIGGER signed_month_stays BEFORE INSERT OR UPDATE OR DELETE ON reconciliation_monthclose
FOR EACH ROW EXECUTE FUNCTION reconciliation_guard_month();
"""

# What is kept is written before the month is signed, and nothing is added to it afterwards.
KEPT = """
CREATE FUNCTION reconciliation_kept_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    signed bigint;
BEGIN
    IF TG_TABLE_NAME = 'reconciliation_keptreportpart' THEN
        SELECT snapshot_id INTO signed FROM public.reconciliation_keptreport WHERE id = NEW.report_id;
    ELSIF TG_TABLE_NAME = 'reconciliation_keptreport' THEN
        signed := NEW.snapshot_id;
    END IF;
    IF NOT EXISTS (
        SELECT FROM public.reconciliation_monthclose m
        LEFT JOIN public.reconciliation_monthsnapshot s ON s.id = signed
        WHERE m.id = coalesce(s.month_close_id, (to_jsonb(NEW) ->> 'month_close_id')::bigint) AND m.state = 'in_review'
          AND coalesce(s.closed_at, (to_jsonb(NEW) ->> 'closed_at')::timestamptz) > coalesce(m.closed_at, '-infinity')
    ) THEN
        RAISE EXCEPTION 'what was signed is kept as it is' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER kept_stays BEFORE INSERT ON reconciliation_monthsnapshot
FOR EACH ROW EXECUTE FUNCTION reconciliation_kept_stays();
CREATE TRIGGER kept_stays BEFORE INSERT ON reconciliation_keptreport
FOR EACH ROW EXECUTE FUNCTION reconciliation_kept_stays();
CREATE TRIGGER kept_stays BEFORE INSERT ON reconciliation_keptreportpart
FOR EACH ROW EXECUTE FUNCTION reconciliation_kept_stays();
"""

UNDO = """
DROP FUNCTION reconciliation_kept_stays CASCADE;
DROP FUNCTION reconciliation_guard_month CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0005_closed_months"),
        ("reconciliation", "0004_ignored_rows"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MonthSnapshot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("generation", models.PositiveSmallIntegerField()),
                ("text", models.TextField()),
                ("sha256", models.CharField(max_length=64)),
                ("closed_at", models.DateTimeField()),
                (
                    "closed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "month_close",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="snapshots",
                        to="reconciliation.monthclose",
                    ),
                ),
            ],
            options={
                "ordering": ["month_close", "-generation"],
            },
        ),
        migrations.CreateModel(
            name="KeptReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("report", models.CharField(max_length=60)),
                ("form", models.CharField(max_length=10)),
                ("size", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "snapshot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="reconciliation.monthsnapshot",
                    ),
                ),
            ],
            options={
                "ordering": ["snapshot", "id"],
            },
        ),
        migrations.CreateModel(
            name="KeptReportPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("data", models.BinaryField()),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="reconciliation.keptreport",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("report", "number"), name="part_number_in_kept_report")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="monthsnapshot",
            constraint=models.UniqueConstraint(
                fields=("month_close", "generation"), name="one_snapshot_per_generation_of_a_month"
            ),
        ),
        migrations.AddConstraint(
            model_name="keptreport",
            constraint=models.UniqueConstraint(
                fields=("snapshot", "report", "form"), name="one_kept_file_per_report_and_form"
            ),
        ),
        grants.append_only(
            "reconciliation_monthsnapshot", "reconciliation_keptreport", "reconciliation_keptreportpart"
        ),
        migrations.RunSQL(GUARD + KEPT, UNDO),
    ]
