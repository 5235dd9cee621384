/** The cards under an answer: which entries of the FAQ it leans on. */

import type { Source } from "./contract";
import { h, icon, safeUrl, spoken, typeset, uniqueId } from "../dom";
import * as ICONS from "../icons";
import { type Mark, renderMarkdown } from "./markdown";
import { type Context, elsewhere, linkIn } from "./views";

/** The section of source cards, and what `[n]` becomes: a button that goes to card `n`. */
export function sourcesView(context: Context, sources: Source[]): { view: HTMLElement; mark: Mark } {
  const { texts } = context;
  const cards: Record<number, HTMLElement> = {};
  const list = h("ol");
  for (const source of sources) list.append((cards[source.n] = card(context, source)));

  const mark: Mark = (n) => {
    const target = cards[n];
    if (!target) return null;
    const go = (): void => {
      target.focus({ preventScroll: true });
      context.reveal(target);
    };
    const button = h("button", { type: "button", "aria-label": texts.sourceMark(n), onclick: go }, String(n));
    return h("sup", { class: "mark" }, button);
  };
  const view = h("section", { class: "sources" }, h("h4", {}, texts.sources(sources.length)), list);
  return { view, mark };
}

function card(context: Context, source: Source): HTMLElement {
  const { texts, api, language: lang } = context;
  const url = safeUrl(source.url, api.server) ?? api.entryUrl(source.entry_id);
  const [toggle, full] = wholeEntry(context, source);
  return h(
    "li",
    { class: "source", tabindex: "-1" },
    h("span", { class: "source-n", "aria-hidden": "true" }, String(source.n)),
    h(
      "div",
      {},
      source.section ? h("p", { class: "source-section", lang }, source.section) : null,
      h("h5", { dir: "auto", lang }, typeset(source.question)),
      source.quote ? h("blockquote", { dir: "auto", lang }, typeset(source.quote)) : null,
      h(
        "div",
        { class: "row" },
        !source.complete && toggle,
        elsewhere(texts, url, { class: "quiet" }, texts.readEntry, spoken(texts.about(source.question))),
      ),
      full,
    ),
  );
}

/** A button and the entry it unfolds: fetched when first opened, fetched again after a failure. */
export function wholeEntry(context: Context, entry: { entry_id: string; question: string }): [HTMLElement, HTMLElement] {
  const { texts, api } = context;
  const full = h("div", { class: "full prose", id: uniqueId("entry"), dir: "auto", lang: context.language, hidden: true });
  let loaded = false;
  const toggle = h(
    "button",
    { type: "button", class: "quiet", "aria-expanded": "false", "aria-controls": full.id },
    icon(ICONS.chevron),
    texts.showEntry,
    spoken(texts.about(entry.question)),
  );
  toggle.addEventListener("click", async () => {
    const open = Boolean(full.hidden);
    toggle.setAttribute("aria-expanded", String(open));
    full.hidden = !open;
    if (!open || loaded) return;
    try {
      const answer = await api.entry(entry.entry_id);
      full.replaceChildren(renderMarkdown(answer, { mark: () => null, link: linkIn(texts) }));
      loaded = true;
    } catch {
      full.replaceChildren(h("p", { role: "alert" }, texts.entryFailed));
    }
  });
  return [toggle, full];
}
