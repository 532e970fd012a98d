// The admin's search-as-you-type field tells jQuery alone that somebody chose; this tells the page, so that htmx hears it too.
django.jQuery(document).on("select2:select select2:clear", (event) => {
  event.target.dispatchEvent(new Event("change", { bubbles: true }));
});
// Nor does that field have a name that a screen reader could say: it gets the words of its label.
django.jQuery(() => {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const parts = select.nextElementSibling?.querySelectorAll("[role=combobox], [role=textbox]") ?? [];
    for (const part of parts) part.setAttribute("aria-label", select.labels[0]?.textContent.trim() ?? select.name);
  }
});
