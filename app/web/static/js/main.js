/** The conversation: asks, keeps its state in memory only, and says what happens. */

import { ApiError, ask, openingSuggestions } from "./api.js";
import { composer } from "./composer.js";
import { texts } from "./texts.js";
import { choiceItem, turn } from "./turn.js";

const OPENING_CHOICES = 6;

const [log, opening, suggestionList, restart, status, form] = [
  "log",
  "opening",
  "suggestions",
  "restart",
  "status",
  "composer",
].map((id) => document.getElementById(id));

let conversationId = null;
let pending = null;
let following = true; // Until the visitor scrolls: then the page no longer does.

const field = composer(form, { onAsk: (question) => start(question), say });

/** Speaks to screen readers only. */
function say(sentence) {
  status.textContent = sentence;
}

function start(question, { focusTurn = false } = {}) {
  if (pending) return say(texts.busy);
  const current = turn(question, { onAsk: (choice) => start(choice, { focusTurn: true }) });
  opening.hidden = true;
  restart.hidden = false;
  if (field.text.trim() === question) field.text = "";
  log.append(current.view);
  if (focusTurn) current.heading.focus({ preventScroll: true });
  return answer(question, current);
}

async function answer(question, current) {
  const controller = new AbortController();
  const onText = current.progress(() => controller.abort());
  pending = controller;
  following = true;
  say(texts.searching);
  reveal(current.view);
  const settle = await ask({
    message: question,
    conversationId,
    signal: controller.signal,
    onText: (text) => {
      onText(text);
      reveal(current.view);
    },
  }).then(
    (reply) => () => {
      conversationId = reply.conversation_id;
      current.finish(reply);
    },
    (error) => () => failed(question, current, error, controller.signal.aborted),
  );
  if (pending !== controller) return; // The conversation was started over meanwhile.
  pending = null;
  say("");
  settle();
  reveal(current.view);
}

/** Keeps the question at hand: on the turn's button, and in the field where it is empty. */
function failed(question, current, error, stopped) {
  const known = error instanceof ApiError;
  const sentence = stopped ? texts.stopped : known ? error.message : texts.unknown;
  if (!field.text.trim()) field.text = question;
  current.fail(sentence, {
    retryAfter: known ? error.retryAfter : 0,
    onRetry: () => {
      if (pending) return say(texts.busy);
      if (field.text.trim() === question) field.text = "";
      current.heading.focus({ preventScroll: true });
      return answer(question, current);
    },
  });
}

/** Brings a turn into view: the whole of it, or its start where it is taller than the window. */
function reveal(view) {
  if (!following) return;
  const room = innerHeight - form.offsetHeight;
  view.scrollIntoView({ block: view.offsetHeight > room ? "start" : "nearest" });
}

for (const gesture of ["wheel", "touchmove"]) {
  addEventListener(gesture, () => (following = false), { passive: true });
}

function showOpening() {
  opening.hidden = log.hasChildNodes() || !suggestionList.children.length;
}

restart.addEventListener("click", () => {
  pending?.abort();
  pending = null;
  conversationId = null;
  log.replaceChildren();
  showOpening();
  restart.hidden = true;
  field.text = "";
  field.focus();
  say(texts.restarted);
});

for (const button of suggestionList.querySelectorAll("button")) {
  button.addEventListener("click", () => start(button.dataset.question, { focusTurn: true }));
}

openingSuggestions()
  .then((suggestions) => {
    const shown = suggestions.slice(0, OPENING_CHOICES);
    const items = shown.map((choice) => choiceItem(choice, shown, (question) => start(question, { focusTurn: true })));
    const isInUse = suggestionList.contains(document.activeElement);
    if (items.length && !isInUse) suggestionList.replaceChildren(...items);
    showOpening();
  })
  .catch(() => {
    // The examples the page came with stay.
  });

// What has the focus must not hide under the question field.
new ResizeObserver(() => {
  const sticky = getComputedStyle(form).position === "sticky";
  document.documentElement.style.scrollPaddingBottom = sticky ? `${form.offsetHeight + 16}px` : "";
}).observe(form);
