"""The invented students. Nobody of these names is meant; the addresses are of a domain kept for examples."""

import dataclasses

NAMES = {
    "hy": """
        Անի Սարգսյան|ani.sargsyan
        Դավիթ Հակոբյան|davit.hakobyan
        Մարիամ Պետրոսյան|mariam.petrosyan
        Տիգրան Գրիգորյան|tigran.grigoryan
        Նարե Խաչատրյան|nare.khachatryan
        Արմեն Մկրտչյան|armen.mkrtchyan
        Լիլիթ Ավետիսյան|lilit.avetisyan
        Հայկ Ղազարյան|hayk.ghazaryan
        Գոհար Մանուկյան|gohar.manukyan
        Սամվել Վարդանյան|samvel.vardanyan
        Աստղիկ Հովհաննիսյան|astghik.hovhannisyan
        Վահե Ստեփանյան|vahe.stepanyan
        Սոնա Կարապետյան|sona.karapetyan
        Արամ Դանիելյան|aram.danielyan
        Հասմիկ Թորոսյան|hasmik.torosyan
        Գևորգ Սիմոնյան|gevorg.simonyan
        Էլեն Բաղդասարյան|elen.baghdasaryan
        Ռուբեն Մարտիրոսյան|ruben.martirosyan
        Նարինե Գաբրիելյան|narine.gabrielyan
        Կարեն Առաքելյան|karen.arakelyan
        Շուշան Եղիազարյան|shushan.yeghiazaryan
        Լևոն Ոսկանյան|levon.voskanyan
        Անահիտ Նազարյան|anahit.nazaryan
        Էդգար Ալեքսանյան|edgar.aleksanyan
        Միլենա Զաքարյան|milena.zakaryan
        Հովհաննես Չոբանյան|hovhannes.chobanyan
        Սիրանուշ Քոչարյան|siranush.kocharyan
        Արթուր Բալայան|artur.balayan
        Թամարա Օհանյան|tamara.ohanyan
        Նարեկ Շահինյան|narek.shahinyan
        Լուսինե Փիլոյան|lusine.piloyan
        Վիգեն Ասատրյան|vigen.asatryan
        Զարուհի Մելքոնյան|zaruhi.melkonyan
        Գրիգոր Եսայան|grigor.yesayan
        Մերի Խնկոյան|meri.khnkoyan
        Սուրեն Դավթյան|suren.davtyan
    """,
    "ru": """
        Ольга Соколова|olga.sokolova
        Дмитрий Лебедев|dmitry.lebedev
        Екатерина Новикова|ekaterina.novikova
        Игорь Белов|igor.belov
        Светлана Морозова|svetlana.morozova
        Алексей Егоров|alexey.egorov
        Наталья Орлова|natalya.orlova
        Юрий Щербаков|yury.shcherbakov
        Полина Зайцева|polina.zaytseva
        Максим Тихонов|maxim.tikhonov
        Вера Ильина|vera.ilyina
        Антон Крылов|anton.krylov
        Ксения Воробьёва|ksenia.vorobyova
        Фёдор Чистяков|fyodor.chistyakov
    """,
    "en": """
        Emma Clarke|emma.clarke
        Daniel O'Brien|daniel.obrien
        Priya Nair|priya.nair
        Lucas Meyer|lucas.meyer
        Sofia Rossi|sofia.rossi
        James Whitfield|james.whitfield
        Hannah Lindqvist|hannah.lindqvist
        Omar Haddad|omar.haddad
        Chloe Martin|chloe.martin
        Noah Fischer|noah.fischer
    """,
}
# Who came when the month before was already running; they stand at the end, so that nobody else changes places.
LATER = """
    hy|Նունե Աբգարյան|nune.abgaryan
    ru|Марина Дорофеева|marina.dorofeeva
    hy|Ռաֆայել Մինասյան|rafayel.minasyan
    hy|Կարինե Ստամբոլցյան|karine.stamboltsyan
    en|Grace Holloway|grace.holloway
    hy|Աշխեն Տերտերյան|ashkhen.terteryan
    hy|Գագիկ Ծատուրյան|gagik.tsaturyan
    ru|Роман Гладков|roman.gladkov
    hy|Վարդուհի Քալանթարյան|varduhi.kalantaryan
    hy|Սարգիս Մելիքյան|sargis.melikyan
"""
REPRESENTATIVES = {
    "hayk.ghazaryan": "Արմինե Ղազարյան",
    "milena.zakaryan": "Գագիկ Զաքարյան",
    "polina.zaytseva": "Ирина Зайцева",
}


@dataclasses.dataclass(frozen=True)
class Person:
    """A student of the demo, before anything happens to it."""

    number: int
    full_name: str
    login: str
    language: str

    @property
    def crm_id(self) -> str:
        return f"demo-student-{self.number:02d}"

    @property
    def lms_id(self) -> str:
        return f"lms-{1000 + self.number}"

    @property
    def email(self) -> str:
        return f"{self.login}@example.am"

    @property
    def phone(self) -> str:
        # No operator has the prefix 00.
        return f"+37400{100_000 + 371 * self.number:06d}"

    @property
    def representative_name(self) -> str:
        return REPRESENTATIVES.get(self.login, "")


def everybody() -> list[Person]:
    """Return the students of the demo, the languages mixed, in the same order each time."""
    by_language = {
        language: [line.strip() for line in lines.split("\n") if line.strip()]
        for language, lines in NAMES.items()
    }
    # Spread each language evenly over the whole list.
    places = sorted(
        ((index + 0.5) / len(lines), language, line)
        for language, lines in by_language.items()
        for index, line in enumerate(lines)
    )
    lines = [(language, line) for _place, language, line in places]
    lines += [
        (line.strip().partition("|")[0], line.strip().partition("|")[2])
        for line in LATER.split("\n")
        if line.strip()
    ]
    people = []
    for number, (language, line) in enumerate(lines, start=1):
        full_name, login = line.split("|")
        people.append(Person(number=number, full_name=full_name, login=login, language=language))
    return people
