/** The panel's outside: header, scrolling log, contact, and the notice that is always there. */

import type { Config } from "./contract";
import { h, icon, safeUrl, uniqueId } from "../dom";
import * as ICONS from "../icons";
import { option } from "../options";
import type { Texts } from "./texts.fr";
import { type Context, choicesView, contactView, elsewhere } from "./views";

const OFFERED = 6;

interface Actions {
  close(): void;
  restart(): void;
  print(): void;
  /** Rejects when it could not be done. */
  erase(): Promise<void>;
}

export class Frame {
  readonly view: HTMLElement;
  readonly log = h("div", { class: "log", role: "log", "aria-live": "polite" });
  readonly title = h("h2", { id: uniqueId("title"), tabindex: "-1" });
  readonly noticeId = uniqueId("notice");

  readonly #texts: Texts;
  readonly #subtitle = h("p", { class: "subtitle" });
  readonly #welcome = h("p", { class: "welcome" });
  readonly #opening = h("div", { class: "opening" });
  readonly #scroller: HTMLElement;
  readonly #foot = h("div", { class: "foot" });
  readonly #privacy = h("span", {});
  readonly #status = h("p", { class: "spoken", role: "status" });
  readonly #begun: HTMLElement[];
  readonly #contact = h("div", {});
  readonly #erased = h("div", { class: "person erase", hidden: true });

  constructor(texts: Texts, inline: boolean, faqUrl: string, actions: Actions) {
    this.#texts = texts;
    const restart = tool(texts.restart, ICONS.restart, actions.restart);
    const print = tool(texts.print, ICONS.print, actions.print);
    this.log.setAttribute("aria-label", texts.log);
    this.#scroller = h(
      "div",
      { class: "scroll", tabindex: "0", role: "group", "aria-label": texts.log },
      this.#welcome,
      this.log,
      this.#opening,
    );
    const header = h(
      "header",
      { class: "head" },
      h("span", { class: "badge", "aria-hidden": "true" }, icon(ICONS.mark)),
      h("div", { class: "titles" }, this.title, this.#subtitle),
      h("div", { class: "tools" }, restart, print, !inline && tool(texts.close, ICONS.close, actions.close)),
    );
    const [personButton, person] = this.#personViews(faqUrl);
    const [eraseButton, erase] = this.#eraseViews(actions);
    this.#begun = [restart, print, eraseButton];
    const notice = h(
      "div",
      { class: "notice" },
      h("p", { id: this.noticeId }, texts.notice),
      h("p", { class: "row" }, personButton, this.#privacy, eraseButton),
    );
    this.#foot.append(person, erase, notice);
    const parts = [header, this.#scroller, this.#foot, this.#status];
    this.view = inline
      ? h("div", { class: "panel in-page" }, ...parts)
      : h("dialog", { class: "panel", "aria-labelledby": this.title.id }, ...parts);
  }

  /** The question field, above the notice. */
  place(composer: HTMLElement): void {
    this.#foot.insertBefore(composer, this.#foot.lastChild);
  }

  /** Speaks to screen readers only. */
  say(sentence: string): void {
    this.#status.textContent = sentence;
  }

  /** Texts that the site or the staff may choose. */
  dress(host: HTMLElement, config: Config, server: URL): void {
    this.title.textContent = option(host, "title") || config.title || this.#texts.title;
    this.#subtitle.textContent = this.#texts.subtitle;
    this.#welcome.textContent = option(host, "welcome") || config.welcome || this.#texts.welcome;
    // The site's own page, else the service's: one of them is always there.
    const privacy = safeUrl(option(host, "privacy"), new URL(location.href)) ?? safeUrl(config.privacy_url, server);
    this.#privacy.replaceChildren(privacy ? elsewhere(this.#texts, privacy, { class: "quiet" }, this.#texts.privacy) : "");
  }

  /** Opening questions: the site's own, else the server's. */
  offer(context: Context, host: HTMLElement, config: Config): void {
    const own = option(host, "suggestions")
      .split("|")
      .map((question) => ({ entry_id: "", question: question.trim(), section: "" }))
      .filter(({ question }) => question);
    const offered = (own.length ? own : config.suggestions).slice(0, OFFERED);
    const heading = h("h3", { class: "label" }, this.#texts.opening);
    this.#opening.replaceChildren(offered.length ? choicesView(context, offered, heading) : "");
    this.#contact.replaceChildren(contactView(context, config.contact) ?? "");
  }

  /** What only makes sense once something has been asked, and what only before. */
  began(begun: boolean): void {
    for (const button of this.#begun) button.hidden = !begun;
    if (begun) this.#erased.hidden = true;
    this.#opening.hidden = begun;
    this.#welcome.hidden = begun;
  }

  /**
   * Brings a node into view: the whole of it, or its start where it is taller than the room.
   * Only the panel scrolls: `scrollIntoView` would move the page as well.
   */
  reveal(node: HTMLElement): void {
    const scroller = this.#scrolling();
    const top = node.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop;
    const room = scroller.clientHeight;
    const isTall = node.offsetHeight > room - 24;
    const goal = isTall ? top - 12 : Math.max(top + node.offsetHeight - room + 12, 0);
    if (isTall || goal > scroller.scrollTop || top < scroller.scrollTop) scroller.scrollTop = goal;
  }

  toEnd(): void {
    const last = this.log.lastElementChild;
    if (last instanceof HTMLElement) this.reveal(last);
  }

  /** In a low window the whole panel scrolls: header and footer would leave no room to read. */
  get isLow(): boolean {
    return getComputedStyle(this.#scroller).overflowY === "visible";
  }

  #scrolling(): HTMLElement {
    return this.isLow ? this.view : this.#scroller;
  }

  /** The button that asks, and the question with its two answers; what became of it stands in the question's place. */
  #eraseViews(actions: Actions): [HTMLElement, HTMLElement] {
    const texts = this.#texts;
    const said = h("p", { tabindex: "-1" });
    const confirm = h("button", { type: "button", class: "secondary" }, texts.eraseNow);
    const cancel = h("button", { type: "button", class: "quiet" }, texts.keep);
    const choices = h("p", { class: "row" }, confirm, cancel);
    const show = (sentence: string, asks: boolean): void => {
      said.textContent = sentence;
      choices.hidden = !asks;
      this.#erased.hidden = false;
      said.focus({ preventScroll: true });
    };
    const button = h("button", { type: "button", class: "quiet" }, texts.erase);
    button.addEventListener("click", () => show(texts.eraseSure, true));
    cancel.addEventListener("click", () => {
      this.#erased.hidden = true;
      button.focus({ preventScroll: true });
    });
    confirm.addEventListener("click", () => {
      actions.erase().then(
        () => show(texts.erased, false),
        () => show(texts.eraseFailed, true),
      );
    });
    this.#erased.append(said, choices);
    return [button, this.#erased];
  }

  #personViews(faqUrl: string): [HTMLElement, HTMLElement] {
    const texts = this.#texts;
    const show = (open: boolean): void => {
      button.setAttribute("aria-expanded", String(open));
      person.hidden = !open;
    };
    const button = h("button", { type: "button", class: "quiet", "aria-expanded": "false" }, icon(ICONS.person), texts.person);
    button.addEventListener("click", () => {
      const isHidden = Boolean(person.hidden);
      show(isHidden);
      if (isHidden) heading.focus({ preventScroll: true });
    });
    const hide = tool(texts.hide, ICONS.close, () => {
      show(false);
      button.focus({ preventScroll: true });
    });
    const heading = h("h3", { tabindex: "-1" }, texts.personTitle);
    const id = uniqueId("person");
    const faq = h("p", {}, elsewhere(texts, faqUrl, {}, texts.faq));
    const body = h("div", {}, heading, this.#contact, faq);
    const person = h("div", { class: "person", id, hidden: true }, body, hide);
    button.setAttribute("aria-controls", id);
    return [button, person];
  }
}

function tool(label: string, drawing: string, onclick: () => void): HTMLButtonElement {
  return h("button", { type: "button", class: "tool", "aria-label": label, title: label, onclick }, icon(drawing));
}
