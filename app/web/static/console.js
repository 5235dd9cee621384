// What the console adds to plain pages: a link to copy, one press a form, and a word when a request fails.
"use strict";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-link]");
  if (!button) return;
  const label = button.querySelector("span");
  try {
    await navigator.clipboard.writeText(location.href);
    label.textContent = button.dataset.done;
  } catch {
    label.textContent = button.dataset.failed;
  }
});

// A second press while a publication is under way would only be refused.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  form.querySelector("button").setAttribute("aria-disabled", "true");
});

// Empty fields would only lengthen an address that is meant to be shared.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "get") return;
  for (const field of event.target.elements) {
    if (field.name && !field.value) field.disabled = true;
  }
  setTimeout(() => {
    for (const field of event.target.elements) field.disabled = false;
  });
});

// "/" goes to the search field of the page, Escape closes an open menu.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const field = document.querySelector('[role="search"] input:not([type=hidden])');
    if (field) {
      event.preventDefault();
      field.focus();
    }
  }
  if (event.key === "Escape") {
    const open = event.target.closest("details.inline[open]") || document.querySelector("details.inline[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  }
});

document.addEventListener("htmx:responseError", (event) => {
  const place = document.getElementById("annonces");
  const said = document.createElement("p");
  said.className = "problem";
  try {
    said.textContent = JSON.parse(event.detail.xhr.responseText).detail;
  } catch {
    said.textContent = "La demande n’a pas abouti. Rechargez la page.";
  }
  place.replaceChildren(said);
});
