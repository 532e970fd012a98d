// The admin's search-as-you-type field tells jQuery alone that somebody chose; this tells the page, so that htmx hears it too.
django.jQuery(document).on("select2:select select2:clear", (event) => {
  event.target.dispatchEvent(new Event("change", { bubbles: true }));
});
