/** The question field: its limit, its counter, its keys. */

import { h, icon, uniqueId } from "../dom";
import * as ICONS from "../icons";
import type { Texts } from "./texts.fr";

const NEAR = 0.8;

export interface ComposerOptions {
  texts: Texts;
  limit(): number;
  /** A question within the limit. */
  onAsk(question: string): void;
  say(sentence: string): void;
}

export class Composer {
  readonly view: HTMLFormElement;
  readonly #options: ComposerOptions;
  readonly #field: HTMLTextAreaElement;
  readonly #error = h("p", { class: "field-error", id: uniqueId("error"), hidden: true });
  readonly #counter = h("p", { class: "field-counter", id: uniqueId("counter"), hidden: true });
  #warned = false;

  constructor(options: ComposerOptions, describedBy: string) {
    const { texts } = options;
    this.#options = options;
    this.#field = h("textarea", {
      id: uniqueId("field"),
      rows: "1",
      dir: "auto",
      placeholder: `${texts.field}…`,
      autocomplete: "off",
      enterkeyhint: "send",
      "aria-describedby": `${describedBy} ${this.#error.id} ${this.#counter.id}`,
    });
    this.view = h(
      "form",
      { class: "composer", novalidate: true },
      h("label", { class: "spoken", for: this.#field.id }, texts.field),
      h(
        "div",
        { class: "field" },
        this.#field,
        h("button", { type: "submit", class: "send", "aria-label": texts.send, title: texts.send }, icon(ICONS.send)),
      ),
      h("div", { class: "field-notes" }, this.#error, this.#counter),
    );
    this.#field.addEventListener("input", () => this.#update());
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    this.view.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  get text(): string {
    return this.#field.value;
  }

  set text(value: string) {
    this.#field.value = value;
    this.#update();
  }

  focus(): void {
    this.#field.focus({ preventScroll: true });
  }

  /** The question fits and may be sent: a site's script may hand over any text. */
  accepts(question: string): boolean {
    return question.trim() !== "" && lengthOf(question) <= this.#options.limit();
  }

  #key(event: KeyboardEvent): void {
    // On a touch keyboard, Enter starts a new line as the key says.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    this.#submit();
  }

  #submit(): void {
    const { texts, onAsk, say } = this.#options;
    const question = this.text.trim();
    if (this.accepts(question)) {
      onAsk(question);
      return;
    }
    this.#show(question ? texts.tooLong : texts.empty);
    say(this.#error.textContent ?? "");
    this.focus();
  }

  #update(): void {
    const { texts, say } = this.#options;
    const limit = this.#options.limit();
    const used = lengthOf(this.text);
    const near = used >= NEAR * limit;
    this.#counter.textContent = texts.counter(this.#number(used), this.#number(limit));
    this.#counter.hidden = !near;
    if (used > limit && this.#error.hidden) say(texts.tooLong);
    else if (near && !this.#warned) say(texts.nearLimit(this.#number(limit - used)));
    this.#warned = near;
    this.#show(used > limit ? texts.tooLong : "");
    this.#grow();
  }

  #number(value: number): string {
    return value.toLocaleString(this.#options.texts.locale);
  }

  #show(sentence: string): void {
    this.#error.textContent = sentence;
    this.#error.hidden = !sentence;
    this.#field.setAttribute("aria-invalid", String(Boolean(sentence)));
  }

  /** For browsers without `field-sizing: content`. */
  #grow(): void {
    if (CSS.supports("field-sizing", "content")) return;
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight}px`;
  }
}

/** Characters as the server counts them: code points, without the space around. */
function lengthOf(text: string): number {
  return [...text.trim()].length;
}
