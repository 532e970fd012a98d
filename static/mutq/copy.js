// Copies the text of a field or element named by data-mq-copy and says aloud that it did.
// <button type="button" data-mq-copy="#link" data-mq-copied="Copied" data-mq-failed="Press Ctrl+C">…</button>

async function copyText(source) {
  const text = "value" in source ? source.value : source.textContent.trim();
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Addresses without HTTPS have no clipboard API; selecting and copying still works there.
  if (source.select) source.select();
  else window.getSelection().selectAllChildren(source);
  if (!document.execCommand("copy")) throw new Error("copy refused");
}

function announce(button, words) {
  const status = button.parentElement.querySelector("[role=status]");
  if (!status) return;
  status.textContent = words;
  window.clearTimeout(status.mqTimer);
  status.mqTimer = window.setTimeout(() => { status.textContent = ""; }, 4000);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-mq-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.mqCopy);
  try {
    await copyText(source);
    announce(button, button.dataset.mqCopied);
  } catch {
    if (source.select) source.select();
    announce(button, button.dataset.mqFailed);
  }
});
