/** The configurator: reads the form, shows the tag to paste, previews it and checks the colour's contrast. */

import { BLACK, LIGHT, WHITE, contrast, parseColour, readable, textOn, toHex } from "./colour";
import type { GuichetChatElement } from "./guichet-chat";
import { type Option, OPTIONS } from "./options";

type Chosen = Partial<Record<Option, string>>;

const READABLE = 4.5;
const VISIBLE = 3;

const form = find<HTMLFormElement>("#reglages");
const preview = find<HTMLElement>("#apercu");
const picker = find<HTMLInputElement>("#couleur-choix");
const written = find<HTMLInputElement>("#couleur");
const report = find<HTMLElement>("#contrastes");
const server = new URL(".", location.href);

function find<T extends Element>(selector: string): T {
  const found = document.querySelector<T>(selector);
  if (!found) throw new Error(`${selector} is not on the page`);
  return found;
}

/** The options that differ from the defaults. */
function chosen(): Chosen {
  const fields = new FormData(form);
  const options: Chosen = {};
  for (const name of OPTIONS) {
    const value = String(fields.get(name) ?? "").trim();
    if (value) options[name] = value;
  }
  if (options.suggestions) options.suggestions = options.suggestions.split(/\s*\n\s*/).filter(Boolean).join(" | ");
  if (options.accent && !parseColour(options.accent)) delete options.accent;
  return options;
}

function attributes(options: Chosen): string {
  return OPTIONS.filter((name) => options[name])
    .map((name) => ` data-${name}="${escaped(options[name]!)}"`)
    .join("");
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
}

/** The tag to paste, for the way of embedding that was chosen. */
function tag(options: Chosen): string {
  const noscript = `<noscript><a href="${new URL("faq", server).href}">${form.dataset["noscript"]}</a></noscript>`;
  const src = new URL("widget.js", server).href;
  switch (String(new FormData(form).get("way"))) {
    case "frame":
      return frame(options);
    case "inline":
      return `<script src="${src}" defer></script>\n<guichet-chat${attributes({ ...options, mode: "inline" })}></guichet-chat>\n${noscript}`;
    default:
      return `<script src="${src}"${attributes(options)} defer></script>\n${noscript}`;
  }
}

function frame(options: Chosen): string {
  const url = new URL("embed", server);
  for (const name of ["title", "accent", "lang", "theme"] as const) {
    if (options[name]) url.searchParams.set(name, options[name].replace("#", ""));
  }
  const title = escaped(options.title ?? form.dataset["assistant"] ?? "");
  return `<iframe src="${escaped(url.href)}" title="${title}" width="420" height="640" allow="clipboard-write" loading="lazy"></iframe>`;
}

/** Shows what was chosen; a floating preview stays within its frame by the frame's CSS. */
function show(): void {
  const options = chosen();
  const inline = new FormData(form).get("way") !== "floating";
  let element = preview.querySelector<GuichetChatElement>("guichet-chat");
  const language = options.lang ?? "";
  if (!element || element.dataset["lang"] !== language || inline !== (element.dataset["mode"] === "inline")) {
    element?.remove();
    element = document.createElement("guichet-chat");
    element.dataset["lang"] = language;
    element.dataset["mode"] = inline ? "inline" : "floating";
  }
  for (const name of OPTIONS) {
    if (name !== "lang" && name !== "mode") element.setAttribute(`data-${name}`, options[name] ?? "");
  }
  element.dataset["storage"] = "none";
  element.dataset["server"] = server.href;
  if (!element.isConnected) preview.append(element);
  preview.classList.toggle("is-inline", inline);
  find<HTMLElement>("#balise").textContent = tag(options);
  showContrasts();
  showSite();
}

/** Ratios of the colour, and what the widget does where it can't be read as it is. */
function showContrasts(): void {
  const colour = parseColour(written.value);
  written.setAttribute("aria-invalid", String(!colour));
  find<HTMLElement>("#couleur-erreur").hidden = Boolean(colour);
  if (!colour) return;
  picker.value = toHex(colour);
  const text = textOn(colour);
  const shade = readable(colour, LIGHT, READABLE + 0.1);
  line("on", contrast(text, colour), READABLE, { colour: text === BLACK ? "noir" : "blanc" });
  line("text", contrast(colour, WHITE), READABLE, { colour: toHex(shade) });
  line("button", contrast(colour, WHITE), VISIBLE, {});
}

function line(name: string, ratio: number, least: number, words: Record<string, string>): void {
  const item = report.querySelector<HTMLElement>(`[data-check="${name}"]`)!;
  const passes = ratio >= least;
  const told = (passes ? item.dataset["good"] : item.dataset["poor"]) ?? "";
  const shown = (Math.floor(ratio * 10) / 10).toLocaleString("fr");
  item.textContent = told.replace("{ratio}", shown).replace("{colour}", words["colour"] ?? "");
  item.className = passes ? "good" : "poor";
}

/** What the service and the site have to allow. */
function showSite(): void {
  const site = find<HTMLInputElement>("#site").value.trim();
  let origin = "https://www.exemple.fr";
  try {
    const given = new URL(site);
    if (given.protocol.startsWith("http")) origin = given.origin;
  } catch {
    // Not an address yet.
  }
  find<HTMLElement>("#origine").textContent = `GUICHET_ALLOWED_ORIGINS=${origin}`;
  find<HTMLElement>("#csp").textContent = `script-src 'self' ${server.origin}; connect-src 'self' ${server.origin}`;
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const idle = button.textContent;
  const text = find<HTMLElement>("#balise").textContent ?? "";
  const done = await navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  );
  button.textContent = (done ? button.dataset["done"] : button.dataset["failed"]) ?? idle;
  setTimeout(() => (button.textContent = idle), 3000);
}

picker.addEventListener("input", () => {
  written.value = picker.value;
});
document.addEventListener("input", show); // The site's address stands outside the form element.
form.addEventListener("submit", (event) => event.preventDefault());
const copyButton = find<HTMLButtonElement>("#copier");
copyButton.addEventListener("click", () => void copy(copyButton));
show();
