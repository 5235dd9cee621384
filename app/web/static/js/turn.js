/** One question with what became of it: progress, then an answer or a failure. */

import { clone, element, hiddenText, openElsewhere, part, safeUrl, uniqueId } from "./dom.js";
import { feedbackView } from "./feedback.js";
import { renderMarkdown } from "./markdown.js";
import { sourcesView } from "./sources.js";
import { texts } from "./texts.js";

/** Outcomes that name a person to turn to, and those worth a vote. */
const WITH_CONTACT = new Set(["abstained", "handoff"]);
const WITH_FEEDBACK = new Set(["answered", "clarification", "abstained"]);

/** `onAsk(question)` is called for a choice among suggestions. */
export function turn(question, { onAsk }) {
  const view = clone("turn");
  const heading = part(view, "heading");
  const answer = part(view, "answer");
  const speaker = answer.firstElementChild;
  heading.id = uniqueId("question");
  view.setAttribute("aria-labelledby", heading.id);
  part(view, "question").textContent = question;

  const show = (...nodes) => answer.replaceChildren(speaker, ...nodes);

  return {
    view,
    heading,

    /** Shows that an answer is on its way; `text` is what has arrived of it. */
    progress(onStop) {
      const pane = clone("progress");
      const text = part(pane, "text");
      part(pane, "stop").addEventListener("click", onStop);
      show(pane);
      return (received) => {
        text.replaceChildren(renderMarkdown(received));
        part(pane, "label").lastChild.textContent = ` ${texts.writing}`;
      };
    },

    finish(reply) {
      show(...replyNodes(reply, onAsk));
    },

    /** A sentence and a button that tries again, once `retryAfter` seconds are over. */
    fail(sentence, { retryAfter = 0, onRetry }) {
      const pane = clone("error");
      part(pane, "message").textContent = sentence;
      waitingButton(part(pane, "retry"), retryAfter, onRetry);
      show(pane);
    },
  };
}

function replyNodes(reply, onAsk) {
  const { outcome, sources = [], suggestions = [] } = reply;
  const extras = clone("extras");
  const { view: sourceCards, mark } = sourcesView(sources);
  const text = element("div", { className: "answer-text prose" });
  text.append(hiddenText(texts.answerIntro), renderMarkdown(reply.answer, mark));

  fill(extras, "origin", outcome === "answered" && texts.origin(reply.generator));
  fill(extras, "sources", sources.length > 0 && sourceCards);
  fill(extras, "contact", WITH_CONTACT.has(outcome) && canReach(reply.contact) && contactCard(reply.contact));
  fill(extras, "choices", suggestions.length > 0 && choices(outcome, suggestions, onAsk));
  fill(extras, "feedback", WITH_FEEDBACK.has(outcome) && feedbackView(reply.answer_id));

  if (outcome === "answered" && navigator.clipboard) copyButton(extras, () => copyText(text, sources));
  else part(extras, "copy").remove();
  return [text, extras];
}

function fill(extras, name, content) {
  if (content) part(extras, name).append(content);
  else part(extras, name).remove();
}

function choices(outcome, suggestions, onAsk) {
  const view = clone("choices");
  part(view, "heading").textContent = outcome === "clarification" ? texts.didYouMean : texts.followUps;
  part(view, "list").append(...suggestions.map((choice) => choiceItem(choice, suggestions, onAsk)));
  return view;
}

/** A button that asks `choice`; two choices of the same wording name their section too. */
export function choiceItem(choice, among, onAsk) {
  const item = clone("choice");
  const { question, section } = choice;
  const isAlone = among.filter((other) => other.question === question).length === 1;
  part(item, "question").textContent = question;
  if (section) part(item, "section").textContent = section;
  else part(item, "section").remove();
  item.firstElementChild.addEventListener("click", () => onAsk(isAlone || !section ? question : `${question} (${section})`));
  return item;
}

function canReach(contact) {
  return Boolean(contact?.email || contact?.url);
}

function contactCard({ label, email, url }) {
  const card = clone("contact");
  part(card, "label").textContent = label;
  const links = [];
  if (email) links.push(element("a", { href: `mailto:${email}` }, email));
  if (safeUrl(url)) links.push(openElsewhere(element("a", {}, texts.contactPage), url));
  part(card, "ways").append(...links.map((link) => element("li", {}, link)));
  return card;
}

function copyButton(extras, readText) {
  const label = part(extras, "copy-label");
  const idle = label.textContent;
  label.setAttribute("aria-live", "polite");
  part(extras, "copy").addEventListener("click", async () => {
    const written = await navigator.clipboard.writeText(readText()).then(
      () => true,
      () => false,
    );
    label.textContent = written ? texts.copied : texts.copyFailed;
    setTimeout(() => (label.textContent = idle), 3000);
  });
}

/** The answer as seen, without marks and hidden words, then its sources. */
function copyText(text, sources) {
  const spoken = [...text.querySelectorAll(".mark, .visually-hidden")];
  for (const node of spoken) node.hidden = true;
  const seen = text.innerText.trim();
  for (const node of spoken) node.hidden = false;
  return [seen, ...sources.map(({ question, url }) => texts.copySource(question, url))].join("\n\n");
}

function waitingButton(button, seconds, onClick) {
  let left = seconds;
  const tick = () => {
    button.textContent = left > 0 ? texts.retryIn(left) : texts.retry;
    button.ariaDisabled = left > 0 ? "true" : null;
    if (left > 0 && (seconds === left || button.isConnected)) setTimeout(tick, 1000);
    left -= 1;
  };
  tick();
  button.addEventListener("click", () => {
    if (button.ariaDisabled !== "true") onClick();
  });
}
