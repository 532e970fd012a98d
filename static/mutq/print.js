// Offers the browser's print dialogue; the button stays hidden where scripts do not run.

for (const button of document.querySelectorAll("[data-mq-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
