/**
 * `widget.js`: defines `<guichet-chat>` and its launcher, puts one on the page where the
 * site placed none, and fetches the panel when it is first opened. Until then: no
 * request, nothing stored.
 *
 * Runs beside scripts that have replaced built-ins (Array.from, Element, toJSON…): it
 * uses what old libraries leave alone.
 */

import { paint } from "./colour";
import { h, icon } from "./dom";
import type { GuichetChatElement } from "./guichet-chat";
import * as ICONS from "./icons";
import launcherCss from "./loader.css";
import { ATTRIBUTES, OPTIONS, type Panel, type PanelModule, isEnglish, isInline, option } from "./options";
import { addSheet } from "./sheet";

declare const PANEL_VERSION: string;

const TAG = "guichet-chat";

const TEXTS = {
  fr: {
    launcher: "Une question\u00a0?",
    trouble: "L’assistant ne peut pas s’ouvrir pour le moment. ",
    faq: "Lire la foire aux questions",
  },
  en: {
    launcher: "Any questions?",
    trouble: "The assistant can’t be opened at the moment. ",
    faq: "Read the frequently asked questions",
  },
};

const script = ownScript();
const server = script ? new URL(".", script.src) : new URL("/", location.href);
const elements: GuichetChat[] = [];
let created = 0;
let attempts = 0;

function ownScript(): HTMLScriptElement | null {
  if (document.currentScript instanceof HTMLScriptElement) return document.currentScript;
  const loaded = document.querySelectorAll<HTMLScriptElement>('script[src*="/widget.js"]');
  return loaded[loaded.length - 1] ?? null;
}

class GuichetChat extends HTMLElement implements GuichetChatElement {
  static readonly observedAttributes = ATTRIBUTES;

  #serial = (created += 1);
  #section: HTMLElement | null = null;
  #launcher = h("button", { type: "button", class: "launcher", "aria-expanded": "false", "aria-haspopup": "dialog" });
  #trouble: HTMLElement | null = null;
  #loading: Promise<Panel> | null = null;
  #panel: Panel | null = null;

  connectedCallback(): void {
    elements.push(this);
    if (!this.#section) this.#build();
    this.#refresh();
    arrange();
    if (isInline(this)) void this.open();
  }

  disconnectedCallback(): void {
    elements.splice(elements.indexOf(this), 1);
    this.#panel?.close();
    arrange();
  }

  attributeChangedCallback(): void {
    if (!this.#section) return;
    this.#refresh();
    this.#panel?.refresh();
    arrange();
  }

  get isOpen(): boolean {
    return this.#panel?.isOpen ?? false;
  }

  async open(): Promise<void> {
    const opener = document.activeElement;
    const panel = await this.#load();
    if (!this.isConnected || panel.isOpen) return;
    for (const other of elements) if (other !== this && !isInline(other) && !isInline(this)) other.close();
    panel.open(opener === document.body ? null : opener);
  }

  close(): void {
    this.#panel?.close();
  }

  async ask(question: string): Promise<void> {
    await this.open();
    await this.#panel?.ask(String(question));
  }

  /** Where the launcher stands when several share a corner. */
  stack(rank: number): void {
    this.#section?.style.setProperty("--g-rank", String(rank));
  }

  #build(): void {
    const root = this.attachShadow({ mode: "open" });
    addSheet(root, launcherCss);
    this.#section = h("section", { class: "g" }, this.#launcher);
    this.#launcher.addEventListener("click", () => {
      // The promise tells the site's scripts; the visitor has been told already.
      this.open().catch(() => {});
    });
    root.append(this.#section);
  }

  #refresh(): void {
    const section = this.#section!;
    const texts = this.#texts();
    const label = option(this, "launcher") || texts.launcher;
    section.lang = isEnglish(this) ? "en" : "fr";
    section.dir = this.dir === "rtl" ? "rtl" : "ltr"; // The interface's own languages run left to right.
    section.setAttribute("aria-label", option(this, "title") || label);
    section.dataset["theme"] = option(this, "theme");
    section.dataset["position"] = option(this, "position");
    section.classList.toggle("inline", isInline(this));
    this.#launcher.hidden = isInline(this);
    this.#launcher.replaceChildren(icon(ICONS.mark), h("span", {}, label));
    paint(section, option(this, "accent"));
  }

  #texts(): (typeof TEXTS)["fr"] {
    return isEnglish(this) ? TEXTS.en : TEXTS.fr;
  }

  #server(): URL {
    const own = option(this, "server");
    return own ? new URL(own.replace(/\/?$/, "/"), location.href) : server;
  }

  #load(): Promise<Panel> {
    this.#loading ??= this.#fetchPanel();
    return this.#loading;
  }

  async #fetchPanel(): Promise<Panel> {
    this.#trouble?.remove();
    this.#launcher.setAttribute("aria-busy", "true");
    try {
      // A browser may remember a module that failed to load: another address asks again.
      const again = attempts ? `&again=${attempts}` : "";
      const language = isEnglish(this) ? ".en" : "";
      const url = new URL(`widget/panel${language}.js?v=${PANEL_VERSION}${again}`, this.#server());
      const { mount } = (await import(url.href)) as PanelModule;
      this.#panel = mount({
        host: this,
        section: this.#section!,
        server: this.#server(),
        serial: this.#serial,
        onToggle: (open) => this.#launcher.setAttribute("aria-expanded", String(open)),
        launcher: this.#launcher,
      });
      return this.#panel;
    } catch (error) {
      attempts += 1;
      this.#loading = null;
      this.#tellTrouble();
      throw error;
    } finally {
      this.#launcher.removeAttribute("aria-busy");
    }
  }

  #tellTrouble(): void {
    const texts = this.#texts();
    // Out of any frame: only /embed may be framed.
    const faq = h("a", { href: new URL("faq", this.#server()).href, target: "_top" }, texts.faq);
    this.#trouble = h("p", { class: "trouble", role: "alert" }, texts.trouble, faq);
    this.#section!.append(this.#trouble);
    const detail = { code: "load", status: 0 };
    this.dispatchEvent(new CustomEvent("guichet:error", { bubbles: true, composed: true, detail }));
  }
}

/** Launchers that share a corner stand above one another. */
function arrange(): void {
  const ranks: Record<string, number> = {};
  for (const element of elements) {
    if (isInline(element)) continue;
    const corner = option(element, "position") === "left" ? "left" : "right";
    const rank = ranks[corner] ?? 0;
    element.stack(rank);
    ranks[corner] = rank + 1;
  }
}

/** Links of the page that open the conversation: `data-guichet-open`, or `data-guichet-ask="…"`. */
function followLinks(): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as HTMLElement).closest?.("[data-guichet-ask], [data-guichet-open]");
    const element = elements[0];
    if (!link || !element || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const question = link.getAttribute("data-guichet-ask");
    (question ? element.ask(question) : element.open()).catch(() => {});
  });
}

/** One conversation for a page that placed none, with the options of the script tag. */
function place(): void {
  if (document.querySelector(TAG) || script?.dataset["auto"] === "none") return;
  const element = document.createElement(TAG);
  for (const name of OPTIONS) {
    const value = script?.getAttribute(`data-${name}`);
    if (value) element.setAttribute(`data-${name}`, value);
  }
  element.dataset["server"] ??= server.href;
  document.body.append(element);
}

if (!customElements.get(TAG)) {
  customElements.define(TAG, GuichetChat);
  followLinks();
}
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", place);
else place();
