"""What the demo school teaches: four courses, six groups (over, running, to come) with their lessons."""

import dataclasses
import datetime as dt

from config.backoffice.demo import terms
from config.backoffice.demo.days import Days
from courses import catalogue, lesson_plan
from courses.models import Course, Group

# A group of this name tells a later run on which day the first one stood.
ANCHOR = "demo-python-autumn"


@dataclasses.dataclass(frozen=True, kw_only=True)
class CoursePlan:
    """One course and the titles of its modules."""

    code: str
    title: str
    description: str
    modules: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class GroupPlan:
    """One group: its run in school days from the day of loading, its price in drams, its weekdays and hour."""

    code: str
    course: str
    name: str
    first: int
    length: int
    price: int
    weekdays: tuple[int, ...]
    hour: int
    capacity: int = 16


COURSES = (
    CoursePlan(
        code="python",
        title="Python ծրագրավորում",
        description="Առաջին քայլից մինչև սեփական նախագիծ։",
        modules=("Լեզվի հիմունքները", "Տվյալներ և ֆայլեր", "Վեբ ծառայություններ", "Ավարտական նախագիծ"),
    ),
    CoursePlan(
        code="design",
        title="Գրաֆիկ դիզայն",
        description="Կոմպոզիցիա, տառատեսակ, գույն, պորտֆոլիո։",
        modules=("Կոմպոզիցիա և գույն", "Տառատեսակ", "Պորտֆոլիո"),
    ),
    CoursePlan(
        code="english",
        title="Խոսակցական անգլերեն B1",
        description="Երեկոյան խումբ՝ շաբաթական երկու հանդիպում։",
        modules=("Աշխատանք և ճամփորդություն", "Բանակցություններ", "Ներկայացում"),
    ),
    CoursePlan(
        code="data",
        title="Տվյալների վերլուծություն",
        description="SQL, վիճակագրություն և գծապատկերներ։",
        modules=("SQL", "Վիճակագրություն", "Գծապատկերներ", "Գործնական աշխատանք"),
    ),
)
GROUPS = (
    GroupPlan(
        code="python-spring",
        course="python",
        name="Python 11",
        first=-125,
        length=90,
        price=180_000,
        weekdays=(0, 3),
        hour=19,
    ),
    GroupPlan(
        code="english-evening",
        course="english",
        name="English B1-4",
        first=-65,
        length=90,
        price=105_000,
        weekdays=(1, 4),
        hour=20,
    ),
    GroupPlan(
        code="python-autumn",
        course="python",
        name="Python 12",
        first=-45,
        length=90,
        price=180_000,
        weekdays=(0, 3),
        hour=19,
    ),
    GroupPlan(
        code="design-autumn",
        course="design",
        name="Design 7",
        first=-30,
        length=90,
        price=150_000,
        weekdays=(2, 5),
        hour=18,
    ),
    GroupPlan(
        code="design-winter",
        course="design",
        name="Design 8",
        first=14,
        length=90,
        price=156_000,
        weekdays=(2, 5),
        hour=18,
    ),
    GroupPlan(
        code="data-winter",
        course="data",
        name="Data 3",
        first=21,
        length=90,
        price=240_000,
        weekdays=(1, 3),
        hour=19,
    ),
)
LESSON_MINUTES = 90


def crm_id(code: str) -> str:
    """Return the CRM id by which a course or group of the demo is found again."""
    return f"demo-{code}"


def last_day_of_an_earlier_run() -> dt.date | None:
    """Return the day on which the demo was first loaded, or None if it never was."""
    group = Group.objects.filter(crm_id=ANCHOR).first()
    first = next(plan.first for plan in GROUPS if crm_id(plan.code) == ANCHOR)
    return group.starts_on - dt.timedelta(days=first) if group else None


def set_up(days: Days) -> None:
    """Offer the courses and plan the groups that are not there yet. Safe to repeat."""
    for course_plan in COURSES:
        if not Course.objects.filter(crm_id=crm_id(course_plan.code)).exists():
            catalogue.add_course(
                title=course_plan.title,
                description=course_plan.description,
                module_titles=course_plan.modules,
                crm_id=crm_id(course_plan.code),
                lms_id=f"course-{course_plan.code}",
            )
    for group_plan in GROUPS:
        group = Group.objects.filter(crm_id=crm_id(group_plan.code)).first() or _add_group(group_plan, days)
        if not group.lessons.exists():
            lesson_plan.add_weekly_lessons(
                group_id=group.pk,
                weekdays=group_plan.weekdays,
                first_day=group.starts_on,
                last_day=group.ends_on,
                starts_at=dt.time(group_plan.hour),
                minutes=LESSON_MINUTES,
            )


def _add_group(plan: GroupPlan, days: Days) -> Group:
    return catalogue.add_group(
        course_id=Course.objects.get(crm_id=crm_id(plan.course)).pk,
        name=plan.name,
        starts_on=days.day(plan.first),
        ends_on=days.day(plan.first + plan.length - 1),
        capacity=plan.capacity,
        price=str(plan.price),
        legal_entity_code=terms.SELLER,
        crm_id=crm_id(plan.code),
    )
