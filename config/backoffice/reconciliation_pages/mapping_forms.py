"""Pointing at the columns of a sample: the form, filled with what the heading most likely means or with the mapping before."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from config.backoffice.reconciliation_pages import mapping_choices
from reconciliation import guesses, profiles, upload_sample, words
from reconciliation.models import MappingProfile, Upload
from reconciliation.sources.layout import REQUIRED

WORDED = ("kind", "status", "account")
SHOWN_OF_A_CELL = 40
WRITING = ("date_format", "decimal_mark", "amount_unit", "currency", "zone", "ids")


class MappingForm(forms.Form):
    """
    Where the heading is, which column each field stands in, what the words mean, how dates and amounts are written.

    Always bound: what was not posted is filled with the mapping before, or with a guess.
    """

    def __init__(
        self, posted: Mapping[str, str] | None, *, upload: Upload, profile: MappingProfile | None
    ) -> None:
        self.upload = upload
        self.sample = upload_sample.sample_of(upload)
        self.profile = profile
        self.side = upload.side
        self.heading_line = self._find_heading(posted or {})
        if posted is not None and posted.get("heading_was") != str(self.heading_line):
            posted = None  # another heading: other columns
        self.heading = next((cells for number, cells in self.sample.lines if number == self.heading_line), [])
        super().__init__({**self._known(), **(posted or {}), "heading": str(self.heading_line)})
        self._add_columns()
        self._add_writing()
        self._add_words()

    def clean(self) -> dict[str, Any]:
        """Refuse columns whose words are too many to be asked for, and words that nobody explained."""
        given = super().clean() or {}
        for field in WORDED:
            column = given.get(f"column_{field}")
            if not column:
                continue
            if not self.word_fields(field):
                self.add_error(
                    f"column_{field}",
                    _now("This column has too many different words to mean that; choose another."),
                )
            elif field == "account" and "own" not in self._meant(field):
                self.add_error(f"column_{field}", _now("Say which of its words mean this account."))
        return given

    @property
    def column_fields(self) -> list[forms.BoundField]:
        """Return the fields that ask for columns."""
        return [self[f"column_{field}"] for field in self._fields]

    @property
    def word_groups(self) -> list[dict[str, Any]]:
        """Return what is asked about the words of each chosen column."""
        names = {
            "kind": _now("What the words for the kind of row mean"),
            "status": _now("What the words for the state mean"),
            "account": _now("Whose rows they are"),
        }
        groups = [
            {"name": names[field], "fields": [self[name] for name in self.word_fields(field)]}
            for field in WORDED
            if field in self._fields
        ]
        return [group for group in groups if group["fields"]]

    @property
    def writing_fields(self) -> list[forms.BoundField]:
        """Return the fields about how dates and amounts are written."""
        return [self[name] for name in WRITING if name in self.fields]

    @property
    def pointed(self) -> dict[int, str]:
        """Return the name of our field over each column that one points at."""
        return {int(column): words.field_name(field) for field, column in self._columns().items()}

    def word_fields(self, field: str) -> list[str]:
        """Return the names of the form's fields about the words of a column."""
        return [name for name in self.fields if name.startswith(f"word_{field}_")]

    def mapping(self) -> dict[str, Any]:
        """Return what `profiles.draft` and `profiles.save_profile` take; only what is valid so far."""
        given = self.cleaned_data
        columns = {field: self.heading[int(column)] for field, column in self._columns().items()}
        meant = {field: self._meanings(field) for field in ("kind", "status") if field in columns}
        return {
            "columns": columns,
            "words": {field: told for field, told in meant.items() if told},
            "own_names": [word for word, ours in self._meanings("account").items() if ours == "own"],
            **{name: given[name] for name in WRITING if name in given},
        }

    @property
    def _fields(self) -> Sequence[str]:
        return guesses.FIELDS[self.side]

    def _find_heading(self, posted: Mapping[str, str]) -> int:
        numbers = [number for number, _cells in self.sample.lines]
        text = posted.get("heading", "")
        if text.isascii() and text.isdigit() and int(text[:9]) in numbers:
            return int(text[:9])
        if self.profile:
            wanted = {mapping_choices.plain(heading) for heading in self.profile.columns.values()}
            for number, cells in self.sample.lines:
                if wanted <= {mapping_choices.plain(cell) for cell in cells}:
                    return number
        return guesses.heading_line(lines=self.sample.lines, side=self.side)

    def _known(self) -> dict[str, str]:
        """Return the fields as the mapping before, or a guess, fills them."""
        places = {
            mapping_choices.plain(cell): place
            for place, cell in reversed(list(enumerate(self.heading)))
            if cell.strip()
        }
        named = guesses.columns(heading=self.heading, side=self.side)
        if self.profile:
            before = {
                field: name
                for field, name in self.profile.columns.items()
                if mapping_choices.plain(name) in places
            }
            named = before if len(before) == len(self.profile.columns) else {**named, **before}
        known = {f"column_{field}": str(places[mapping_choices.plain(name)]) for field, name in named.items()}
        usual = self.profile or MappingProfile(
            currency=self.upload.account.currency if self.upload.account else "AMD"
        )
        return known | {name: str(getattr(usual, name)) for name in WRITING}

    def _add_columns(self) -> None:
        numbers = [
            (str(number), mapping_choices.line_words(number, cells)) for number, cells in self.sample.lines
        ]
        self.fields["heading"] = mapping_choices.choice(_("The heading is"), numbers, required=True)
        columns = [("", _("not in the file"))] + [
            (str(place), self._column_words(place)) for place, cell in enumerate(self.heading) if cell.strip()
        ]
        for field in self._fields:
            self.fields[f"column_{field}"] = mapping_choices.choice(
                words.field_name(field), columns, help_text=self._need_of(field)
            )

    def _add_writing(self) -> None:
        formats = list(mapping_choices.DATE_FORMATS)
        if self.profile and self.profile.date_format not in dict(formats):
            formats.append((self.profile.date_format, self.profile.date_format))
        if "date" in self._fields:
            self.fields["date_format"] = mapping_choices.choice(_("Dates are written"), formats)
            self.fields["zone"] = mapping_choices.choice(
                _("Time zone"), [(zone, zone) for zone in mapping_choices.ZONES]
            )
        if "amount" in self._fields:
            self.fields["decimal_mark"] = mapping_choices.choice(
                _("Decimal mark"), mapping_choices.DECIMAL_MARKS
            )
            units = MappingProfile.AmountUnit.choices
            self.fields["amount_unit"] = mapping_choices.choice(_("Amounts are in"), units, required=True)
            self.fields["currency"] = mapping_choices.choice(
                _("Currency of rows that name none"),
                [(code, code) for code in mapping_choices.CURRENCIES],
                required=True,
            )
        if "student" in self._fields:
            self.fields["ids"] = mapping_choices.choice(
                _("Students and courses are named by"), MappingProfile.Ids.choices, required=True
            )

    def _add_words(self) -> None:
        filled = dict(self.data)
        for field in WORDED:
            column = filled.get(f"column_{field}", "")
            if field not in self._fields or not column.isdigit():
                continue
            for place, word in enumerate(self._words_of(int(column))):
                name = f"word_{field}_{column}_{place}"
                filled.setdefault(name, self._meaning(field, word))
                meanings = mapping_choices.meanings_of(side=self.side, field=field)
                choices = [("", _("choose")), *meanings]
                self.fields[name] = mapping_choices.choice(word, choices, required=True)
        self.data = filled

    def _words_of(self, column: int) -> Sequence[str]:
        """Return the different words of a column below the heading; none if they are too many."""
        above = {
            cells[column].strip()
            for number, cells in self.sample.lines
            if number <= self.heading_line and column < len(cells)
        }
        return [word for word in self.sample.words.get(column, []) if word not in above]

    def _meaning(self, field: str, word: str) -> str:
        if field == "account":
            own = self.profile.own_names if self.profile else []
            is_only = len(self._words_of(int(self.data["column_account"]))) == 1
            return "own" if word in own or (is_only and not own) else ""
        known = {
            theirs.strip().casefold(): ours
            for theirs, ours in (self.profile.words.get(field, {}) if self.profile else {}).items()
        }
        return known.get(word.casefold()) or guesses.meaning(field=field, word=word, side=self.side)

    def _meant(self, field: str) -> list[str]:
        return list(self._meanings(field).values())

    def _meanings(self, field: str) -> dict[str, str]:
        """Return their words with ours; words of the mapping before that this file does not use stay."""
        told: dict[str, str] = {}
        column = self.cleaned_data.get(f"column_{field}") if field in self._fields else ""
        if not column:
            return told
        plain = mapping_choices.plain
        before = self.profile.columns.get(field) if self.profile else None
        if self.profile and field != "account" and plain(before or "") == plain(self.heading[int(column)]):
            told = dict(self.profile.words.get(field, {}))
        for name in self.word_fields(field):
            if ours := self.cleaned_data.get(name):
                word = str(self.fields[name].label)
                told = {theirs: kept for theirs, kept in told.items() if plain(theirs) != plain(word)}
                told[word] = ours
        return told

    def _columns(self) -> dict[str, str]:
        given = getattr(self, "cleaned_data", {})
        return {field: given[f"column_{field}"] for field in self._fields if given.get(f"column_{field}")}

    def _column_words(self, place: int) -> str:
        below = next(
            (
                cells[place].strip()
                for number, cells in self.sample.lines
                if number > self.heading_line and place < len(cells) and cells[place].strip()
            ),
            "",
        )
        name = self.heading[place].strip()[:SHOWN_OF_A_CELL]
        return f"{name} ({below[:SHOWN_OF_A_CELL]})" if below else name

    def _need_of(self, field: str) -> str:
        for any_of in REQUIRED[self.side]:
            if field in any_of:
                return _now("Needed.") if len(any_of) == 1 else _now("One of the two is needed.")
        return ""


def live_profile(upload: Upload) -> MappingProfile | None:
    """Return the mapping that files of the upload's source are read with now."""
    return profiles.live_profile(side=upload.side, account=upload.account)
