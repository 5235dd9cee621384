/** One question with what became of it: progress, then an answer or a failure. */

import type { Reply, Suggestion } from "./contract";
import { copyButton } from "./copy";
import { h, icon, spoken, typeset, uniqueId } from "../dom";
import { feedbackView } from "./feedback";
import * as ICONS from "../icons";
import { renderMarkdown } from "./markdown";
import { sourcesView, wholeEntry } from "./sources";
import { type Context, choicesView, contactView, elsewhere, linkIn } from "./views";

/** Outcomes that name a person to turn to, and those worth a vote. */
const WITH_CONTACT = ["abstained", "handoff"];
const WITH_FEEDBACK = ["answered", "clarification", "abstained"];

export interface Trouble {
  sentence: string;
  retryAfter: number;
  /** What the FAQ holds nearest, where that could be had. */
  found: Suggestion[];
  onRetry(): void;
}

export class Turn {
  readonly view: HTMLElement;
  readonly heading: HTMLElement;
  readonly #answer = h("div", { class: "answer" });

  constructor(
    private readonly context: Context,
    readonly question: string,
  ) {
    this.heading = h(
      "h3",
      { class: "question", id: uniqueId("question"), tabindex: "-1" },
      spoken(context.texts.asked),
      h("span", { dir: "auto" }, typeset(question)),
    );
    this.view = h("article", { class: "turn", "aria-labelledby": this.heading.id }, this.heading, this.#answer);
  }

  /** Shows that an answer is on its way. What streams in is inert: it is read out once it is complete. */
  progress(onStop: () => void): { write(text: string): void; tell(sentence: string): void } {
    const { texts } = this.context;
    const text = h("div", { class: "prose", dir: "auto", lang: this.context.language });
    text.inert = true;
    const label = h("p", {}, texts.searching);
    const dots = h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
    const stop = h("button", { type: "button", class: "quiet", onclick: onStop }, texts.stop);
    const row = h("div", { class: "row" }, dots, label, stop);
    this.#answer.replaceChildren(h("div", { class: "progress", "aria-live": "off" }, text, row));
    let frame = 0;
    return {
      write: (received) => {
        label.textContent = texts.writing;
        cancelAnimationFrame(frame);
        frame = requestAnimationFrame(() => {
          text.replaceChildren(renderMarkdown(received, { mark: () => null, link: linkIn(texts) }));
        });
      },
      tell: (sentence) => {
        label.textContent = sentence;
      },
    };
  }

  finish(reply: Reply): void {
    const { context } = this;
    const { texts } = context;
    const { outcome, sources, suggestions } = reply;
    const { view: cards, mark } = sourcesView(context, sources);
    const text = h("div", { class: "prose", dir: "auto", lang: context.language });
    text.append(renderMarkdown(reply.answer, { mark, link: linkIn(texts) }));
    for (const quote of cards.querySelectorAll("blockquote")) if (repeats(text, quote)) quote.remove();

    const heading = h("h4", {}, outcome === "clarification" ? texts.didYouMean : texts.followUps);
    const answered = outcome === "answered";
    const extras = h(
      "div",
      { class: "extras", "aria-live": "off" },
      sources.length > 0 && cards,
      WITH_CONTACT.includes(outcome) && !names(reply) && contactView(context, reply.contact),
      suggestions.length > 0 && choicesView(context, suggestions, heading),
      answered && h("p", { class: "origin" }, texts.origin(reply.generator)),
    );
    const actions = h(
      "div",
      { class: "actions" },
      answered && copyButton(context, text, sources),
      WITH_FEEDBACK.includes(outcome) && reply.answer_id && feedbackView(context, reply.answer_id),
    );
    if (actions.hasChildNodes()) extras.append(actions);
    this.#answer.replaceChildren(spoken(texts.answer), text, extras);
  }

  /** A sentence, a button that tries again once `retryAfter` seconds are over, and what the FAQ holds meanwhile. */
  fail({ sentence, retryAfter, found, onRetry }: Trouble): void {
    const { context } = this;
    const retry = h("button", { type: "button", class: "secondary" });
    countDown(context, retry, retryAfter, onRetry);
    const failure = h(
      "div",
      { class: "failure" },
      h("p", {}, icon(ICONS.warning), h("span", {}, sentence)),
      h("p", { "aria-live": "off" }, retry),
    );
    this.#answer.replaceChildren(failure);
    if (found.length) this.#answer.append(foundView(context, found));
  }
}

/** The answer says itself whom to turn to. */
function names({ answer, contact }: Reply): boolean {
  return !contact || [contact.email, contact.url].every((way) => answer.includes(way));
}

/** `text` holds what `quote` says: a card doesn't say it again. */
function repeats(text: Node, quote: Node): boolean {
  const [all, part] = [text, quote].map((node) => (node.textContent ?? "").replace(/[\s…]+/g, ""));
  return all!.includes(part!);
}

/** Entries of the FAQ, to be read where nothing could be written from them. */
function foundView(context: Context, found: Suggestion[]): HTMLElement {
  const { texts, api } = context;
  const list = h("ul");
  for (const entry of found) {
    const [toggle, full] = wholeEntry(context, entry);
    const link = elsewhere(texts, api.entryUrl(entry.entry_id), { class: "quiet" }, texts.readEntry, spoken(texts.about(entry.question)));
    list.append(
      h(
        "li",
        { class: "source" },
        h("div", {}, h("h5", { dir: "auto", lang: context.language }, typeset(entry.question)), h("div", { class: "row" }, toggle, link), full),
      ),
    );
  }
  return h("section", { class: "sources" }, h("h4", {}, texts.found), list);
}

function countDown({ texts, say }: Context, button: HTMLButtonElement, seconds: number, onClick: () => void): void {
  let left = seconds;
  const tick = (): void => {
    button.textContent = left > 0 ? texts.retryIn(left) : texts.retry;
    button.setAttribute("aria-disabled", String(left > 0));
    if (left > 0 && (left === seconds || button.isConnected)) setTimeout(tick, 1000);
    if (left === 0 && seconds > 0) say(texts.retryNow);
    left -= 1;
  };
  tick();
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") onClick();
  });
}
