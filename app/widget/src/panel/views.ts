/** What all views of a panel work with, and the small pieces they share. */

import type { Api } from "./api";
import type { Config } from "./contract";
import { h, icon, safeUrl, spoken, typeset } from "../dom";
import * as ICONS from "../icons";
import type { Link } from "./markdown";
import type { Texts } from "./texts.fr";

export interface Context {
  readonly api: Api;
  readonly texts: Texts;
  /** Language of what comes from the FAQ (WCAG 3.1.2). */
  language: string;
  /** Asks a question that was offered. */
  ask(question: string): void;
  /** Tells the site's scripts. */
  emit(name: string, detail: object): void;
  /** Speaks to screen readers only. */
  say(sentence: string): void;
  /** Brings a node into view within the panel, never moving the page. */
  reveal(node: HTMLElement): void;
}

/** A link to another window, which says so. `url` must be a safe one. */
export function elsewhere(texts: Texts, url: string, properties: Record<string, string>, ...label: (Node | string)[]): HTMLAnchorElement {
  return h(
    "a",
    { ...properties, href: url, target: "_blank", rel: "noopener" },
    ...label,
    icon(ICONS.elsewhere),
    spoken(texts.newWindow, texts.locale),
  );
}

/** Links within an answer. */
export function linkIn(texts: Texts): Link {
  // On paper, an address that is its own label isn't printed twice.
  return (url, label) => elsewhere(texts, url, label.textContent === url ? { class: "bare" } : {}, label);
}

/** Whom to turn to: label, e-mail address, page. Null where there is nothing to show. */
export function contactView(context: Context, contact: Config["contact"]): HTMLElement | null {
  if (!contact) return null;
  const { texts, api, language } = context;
  const page = safeUrl(contact.url, api.server);
  return h(
    "div",
    { class: "contact" },
    contact.label ? h("p", { class: "contact-label", lang: language }, contact.label) : null,
    contact.email ? h("p", {}, h("a", { href: `mailto:${encodeURI(contact.email)}` }, contact.email)) : null,
    page ? h("p", {}, elsewhere(texts, page, {}, texts.contactPage)) : null,
  );
}

/** A list of questions to choose from; two of the same wording name their section too. */
export function choicesView(
  context: Context,
  choices: Config["suggestions"],
  heading: HTMLElement,
): HTMLElement {
  const view = h("section", { class: "choices" }, heading);
  const list = h("ul");
  for (const { question, section } of choices) {
    const isAlone = choices.filter((other) => other.question === question).length === 1;
    const asked = isAlone || !section ? question : `${question} (${section})`;
    const button = h(
      "button",
      { type: "button", class: "choice", lang: context.language, onclick: () => context.ask(asked) },
      h(
        "span",
        {},
        section && !isAlone ? h("small", {}, section) : null,
        h("span", { dir: "auto" }, typeset(question)),
      ),
      icon(ICONS.next),
    );
    list.append(h("li", {}, button));
  }
  view.append(list);
  return view;
}
