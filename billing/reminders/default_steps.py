"""The ladder that a new school begins with: three days before, on the day, one and three days after, the last day of grace."""

from typing import Any

HELLO = {"hy": "Բարև, {name}։", "ru": "Здравствуйте, {name}!", "en": "Hello, {name}!"}
ASKED = {
    "hy": "Դասընթաց՝ «{course}», խումբ՝ {group}\nԺամանակահատված՝ {period}\nԳումար՝ {amount}\nՎճարել՝ {link}",
    "ru": "Курс: «{course}», группа {group}\nПериод: {period}\nСумма: {amount}\nОплатить: {link}",
    "en": "Course: “{course}”, group {group}\nFor: {period}\nAmount: {amount}\nPay here: {link}",
}
PAID_ALREADY = {
    "hy": "Եթե արդեն վճարել եք, խնդրում ենք անտեսել այս նամակը։",
    "ru": "Если вы уже оплатили, не обращайте внимания на это письмо.",
    "en": "If you have paid already, please ignore this message.",
}
SIGNED = "{school}\n{contact}"

# anchor, days after it, whether a person calls then; for each language the subject and the sentence that differs.
STEPS: list[tuple[str, int, bool, dict[str, tuple[str, str]]]] = [
    (
        "due",
        -3,
        False,
        {
            "hy": (
                "Վճարման օրը մոտենում է. {course}",
                "Հիշեցնում ենք, որ հաջորդ վճարման վերջնաժամկետն է {due}։",
            ),
            "ru": ("Скоро срок оплаты: {course}", "Напоминаем: срок следующей оплаты {due}."),
            "en": ("A payment is due soon: {course}", "Your next payment is due on {due}."),
        },
    ),
    (
        "due",
        0,
        False,
        {
            "hy": ("Վճարման օրն է. {course}", "Վճարման վերջնաժամկետն է {due}։"),
            "ru": ("Пора оплатить: {course}", "Срок вашей оплаты: {due}."),
            "en": ("A payment is due: {course}", "Your payment is due on {due}."),
        },
    ),
    (
        "due",
        1,
        False,
        {
            "hy": (
                "Վճարումը դեռ չենք ստացել. {course}",
                "Վճարման օրն էր {due}, բայց վճարումը դեռ չենք ստացել։",
            ),
            "ru": ("Оплата ещё не поступила: {course}", "Срок оплаты был {due}, но оплата ещё не поступила."),
            "en": (
                "We have no payment yet: {course}",
                "Your payment was due on {due}, and it has not reached us yet.",
            ),
        },
    ),
    (
        "due",
        3,
        False,
        {
            "hy": (
                "Վճարումն ուշանում է. {course}",
                "Վճարման օրն էր {due}։ Դասընթացը բաց է մինչև {grace} ներառյալ։ Խնդրում ենք վճարել մինչև այդ օրը։",
            ),
            "ru": (
                "Оплата задерживается: {course}",
                "Срок оплаты был {due}. Курс открыт до {grace} включительно. Пожалуйста, оплатите до этого дня.",
            ),
            "en": (
                "Your payment is late: {course}",
                "Your payment was due on {due}. The course stays open until {grace}. Please pay by that day.",
            ),
        },
    ),
    (
        "grace",
        0,
        True,
        {
            "hy": (
                "Դասընթացը շուտով կփակվի. {course}",
                "Վճարելու վերջին օրն է {grace}։ Եթե մինչև այդ օրվա վերջը վճարումը չստանանք, "
                "դասընթացը կփակվի և կբացվի վճարումից հետո։",
            ),
            "ru": (
                "Курс скоро закроется: {course}",
                "Последний день для оплаты: {grace}. Если до конца этого дня оплата не поступит, "
                "курс закроется и откроется после оплаты.",
            ),
            "en": (
                "The course closes soon: {course}",
                "The last day to pay is {grace}. If no payment reaches us by the end of that day, "
                "the course closes until it is paid.",
            ),
        },
    ),
]


def write_default_steps(apps: Any) -> None:
    """Make the steps of a new school unless there is one already, for a migration; `apps` is its registry. Safe to repeat."""
    model = apps.get_model("billing", "ReminderStep")
    if model.objects.exists():
        return
    model.objects.bulk_create(
        model(anchor=anchor, offset_days=offset, opens_task=opens_task, **_texts(words))
        for anchor, offset, opens_task, words in STEPS
    )


def _texts(words: dict[str, tuple[str, str]]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for language, (subject, sentence) in words.items():
        parts = [HELLO[language], sentence, ASKED[language], PAID_ALREADY[language], SIGNED]
        texts |= {f"subject_{language}": subject, f"text_{language}": "\n\n".join(parts)}
    return texts
