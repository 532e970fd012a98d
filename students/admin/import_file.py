"""The file of students that a manager gives, checked before anything reads it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.contrib.import_export.forms import ImportForm

MAX_BYTES = 5_000_000
ENDINGS = (".csv", ".xlsx")


class StudentImportForm(ImportForm):
    """Takes a CSV or XLSX file of a size that can be shown as a preview; the file's name tells its format."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["import_file"].label = _("File (CSV or XLSX)")
        self.fields["import_file"].help_text = _(
            "The first line names the columns. “full_name” is needed; a student whose CRM id, or e-mail and name, "
            "is already known is changed instead of added. You will see a preview before anything is stored."
        )

    def clean_import_file(self) -> Any:
        file = self.cleaned_data["import_file"]
        if not file.name.lower().endswith(ENDINGS):
            raise ValidationError(_("Choose a file that ends with .csv or .xlsx."))
        if file.size > MAX_BYTES:
            raise ValidationError(_("The file is larger than 5 MB. Divide it into several files."))
        return file
