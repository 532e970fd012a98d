"""The file of students that a manager gives, checked before anything reads it."""

from typing import Any

import tablib
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from import_export.formats.base_formats import CSV, XLSX
from unfold.contrib.import_export.forms import ImportForm

MAX_BYTES = 5_000_000


class AnyCsv(CSV):
    """CSV as programs really write it: with commas, or with semicolons or tabs as Excel does in Yerevan."""

    def create_dataset(self, in_stream: Any, **kwargs: Any) -> tablib.Dataset:
        text = in_stream.decode(self.encoding or "utf-8-sig") if isinstance(in_stream, bytes) else in_stream
        first_line = text.partition("\n")[0]
        delimiter = max(",;\t", key=first_line.count)
        return tablib.Dataset().load(text, format="csv", delimiter=delimiter)


FORMATS = [AnyCsv, XLSX]
ENDINGS = {".csv": "0", ".xlsx": "1"}  # the place of the format in FORMATS


class StudentImportForm(ImportForm):
    """Takes a CSV or XLSX file of a size that can be shown as a preview; the file's ending tells its format."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["import_file"].label = _("File (CSV or XLSX)")
        self.fields["import_file"].widget.attrs.update({"accept": ".csv,.xlsx", "class": ""})
        self.fields["format"].required = False
        self.fields["format"].widget = forms.HiddenInput()

    def clean_import_file(self) -> Any:
        file = self.cleaned_data["import_file"]
        ending = _ending(file.name)
        if ending not in ENDINGS:
            raise ValidationError(_("Choose a file that ends with .csv or .xlsx."))
        if file.size > MAX_BYTES:
            raise ValidationError(_("The file is larger than 5 MB. Divide it into several files."))
        start = file.read()
        file.seek(0)
        if ending == ".xlsx" and not start.startswith(b"PK"):
            raise ValidationError(_("This is no XLSX file, whatever its name says. Save it as XLSX or CSV."))
        if ending == ".csv" and not _is_text(start):
            raise ValidationError(_("The letters of this file cannot be read. Save it as “CSV UTF-8”."))
        return file

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        if "import_file" in facts:
            facts["format"] = ENDINGS[_ending(facts["import_file"].name)]
        return facts


def _ending(name: str) -> str:
    return "." + name.lower().rpartition(".")[2]


def _is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return b"\x00" not in content
