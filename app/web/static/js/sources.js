/** The cards under an answer: which entries of the FAQ it leans on. */

import { faqUrl, fullEntry } from "./api.js";
import { clone, element, hiddenText, openElsewhere, part, safeUrl, uniqueId } from "./dom.js";
import { renderMarkdown } from "./markdown.js";
import { texts } from "./texts.js";

/** The section of source cards, and `mark(n)`: the superscript link to card `n`. */
export function sourcesView(sources) {
  const view = clone("sources");
  const ids = new Map(sources.map(({ n }) => [String(n), uniqueId("source")]));
  part(view, "heading").textContent = texts.sources(sources.length);
  part(view, "list").append(...sources.map((source) => sourceCard(source, ids.get(String(source.n)))));

  const mark = (n) => {
    if (!ids.has(n)) return null;
    const link = element("a", { href: `#${ids.get(n)}`, ariaLabel: texts.sourceMark(n) }, n);
    return element("sup", { className: "mark" }, link);
  };
  return { view, mark };
}

function sourceCard(source, id) {
  const card = clone("source");
  card.id = id;
  part(card, "n").textContent = source.n;
  fillOrRemove(part(card, "section"), source.section);
  part(card, "question").textContent = source.question;
  fillOrRemove(part(card, "quote"), source.quote);

  const link = part(card, "link");
  link.append(hiddenText(texts.sourceLink(source.question)));
  openElsewhere(link, safeUrl(source.url) ?? faqUrl(source.entry_id));
  expandable(card, source);
  return card;
}

function fillOrRemove(node, text) {
  if (text) node.textContent = text;
  else node.remove();
}

/** "Voir la réponse complète": fetched when first opened, fetched again after a failure. */
function expandable(card, source) {
  const toggle = part(card, "toggle");
  const label = part(card, "toggle-label");
  const full = part(card, "full");
  let loaded = false;
  full.id = uniqueId("entry");
  full.ariaLabel = texts.fullAnswer(source.question);
  toggle.setAttribute("aria-controls", full.id);
  label.after(hiddenText(texts.sourceLink(source.question)));

  toggle.addEventListener("click", async () => {
    const open = toggle.ariaExpanded !== "true";
    toggle.ariaExpanded = String(open);
    label.textContent = open ? texts.hideEntry : texts.showEntry;
    full.hidden = !open;
    if (!open || loaded) return;
    try {
      const entry = await fullEntry(source.entry_id);
      full.replaceChildren(renderMarkdown(entry.answer));
      loaded = true;
    } catch {
      full.replaceChildren(element("p", { role: "alert" }, texts.entryFailed));
    }
  });
}
