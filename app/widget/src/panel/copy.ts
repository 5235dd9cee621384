/** Copying an answer as it is read, with its sources. */

import type { Source } from "./contract";
import { h, icon, safeUrl, spoken } from "../dom";
import * as ICONS from "../icons";
import type { Context } from "./views";

const TOLD_MS = 3000;

/** Null where the browser offers no clipboard: an insecure page, a frame without the permission. */
export function copyButton(context: Context, answer: HTMLElement, sources: Source[]): HTMLElement | null {
  if (!navigator.clipboard) return null;
  const { texts, api } = context;
  const label = h("span", { "aria-live": "polite" }, texts.copy);
  const rest = spoken(texts.copyLong);
  const button = h("button", { type: "button", class: "quiet" }, icon(ICONS.copy), label, rest);
  button.addEventListener("click", async () => {
    const links = sources.map(({ question, url, entry_id }) =>
      texts.copySource(question, safeUrl(url, api.server) ?? api.entryUrl(entry_id)),
    );
    const written = await navigator.clipboard.writeText([seen(answer), ...links].join("\n\n")).then(
      () => true,
      () => false,
    );
    label.textContent = written ? texts.copied : texts.copyFailed;
    rest.hidden = true;
    setTimeout(() => {
      label.textContent = texts.copy;
      rest.hidden = false;
    }, TOLD_MS);
  });
  return button;
}

/** The text of a node as it is seen, without marks and hidden words. */
function seen(node: HTMLElement): string {
  const hidden = [...node.querySelectorAll<HTMLElement>(".mark, .spoken")];
  for (const part of hidden) part.hidden = true;
  const text = node.innerText.trim();
  for (const part of hidden) part.hidden = false;
  return text;
}
