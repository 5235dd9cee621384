/** The question field: its limits, its counter, its keys. */

import { LIMIT, texts } from "./texts.js";

const NEAR_LIMIT = 0.8 * LIMIT;

/** Calls `onAsk(question)` with a valid question; `say` speaks to screen readers. */
export function composer(form, { onAsk, say }) {
  const field = form.querySelector("textarea");
  const error = form.querySelector("#erreur");
  const counter = form.querySelector("#compteur");
  const coarse = matchMedia("(pointer: coarse)");

  const showError = (sentence) => {
    error.textContent = sentence;
    error.hidden = !sentence;
    field.ariaInvalid = String(Boolean(sentence));
  };

  const update = () => {
    const used = lengthOf(field.value);
    const tooLong = used > LIMIT;
    counter.textContent = texts.counter(used);
    counter.hidden = used < NEAR_LIMIT;
    if (tooLong && error.hidden) say(texts.tooLong);
    showError(tooLong ? texts.tooLong : "");
    grow(field);
  };

  field.addEventListener("input", update);
  field.addEventListener("keydown", (event) => {
    // On a touch keyboard, Enter starts a new line as the key says.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || coarse.matches) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const question = field.value.trim();
    if (!question || lengthOf(question) > LIMIT) {
      showError(question ? texts.tooLong : texts.empty);
      say(error.textContent);
      field.focus();
      return;
    }
    onAsk(question);
  });

  return {
    focus: () => field.focus(),
    get text() {
      return field.value;
    },
    set text(value) {
      field.value = value;
      update();
    },
  };
}

/** Characters as the server counts them: code points, without the space around. */
function lengthOf(text) {
  return [...text.trim()].length;
}

/** For browsers without `field-sizing: content`. */
function grow(field) {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}
