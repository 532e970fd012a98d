"""What the forms of all terms share: what they hold now, and what a new version would hold."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminIntegerFieldWidget

NUMBER = UnfoldAdminIntegerFieldWidget


class TermsForm(forms.ModelForm[Any]):
    """Fields of the terms themselves, and below them those of their newest version."""

    VERSION_FIELDS: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.current = self.instance.versions.order_by("-number").first() if self.instance.pk else None
        if self.current is not None:
            self.initial.update(self.facts_of(self.current))

    def facts_of(self, version: Any) -> dict[str, Any]:
        """Return the version's facts as this form's fields name them."""
        return {name: getattr(version, name) for name in self.VERSION_FIELDS}

    def makes_version(self) -> bool:
        """Tell whether saving needs a new version: there is none yet, or a fact of it differs."""
        return self.current is None or any(
            self.cleaned_data[name] != value for name, value in self.facts_of(self.current).items()
        )

    def version_facts(self) -> dict[str, Any]:
        """Return the facts of the version to make."""
        return {name: self.cleaned_data[name] for name in self.VERSION_FIELDS}
