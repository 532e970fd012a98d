// Opens the browser's print dialogue. Where scripts do not run the button is not shown (controls.css).

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-mq-print]")) window.print();
});
