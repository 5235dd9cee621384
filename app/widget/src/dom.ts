/** The few DOM helpers the views share. Nothing here parses HTML: no sink that Trusted Types would guard. */

type Child = Node | string | null | undefined | false;
type Listener = (event: Event) => void;
type Properties = Record<string, string | boolean | Listener | undefined>;

const SVG = "http://www.w3.org/2000/svg";
let serial = 0;

/** An element with attributes, listeners (`onclick: …`) and children; absent children are left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const name of Object.keys(properties)) {
    const value = properties[name];
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") node.toggleAttribute(name, value);
    else if (value !== undefined) node.setAttribute(name, value);
  }
  for (const child of children) if (child || child === "") node.append(child);
  return node;
}

/** A line drawing on a 20 × 20 grid, for the eyes alone. */
export function icon(path: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** An id that nothing else in its shadow tree has. */
export function uniqueId(prefix: string): string {
  serial += 1;
  return `g-${prefix}-${serial}`;
}

/** Words for screen readers alone; `lang` where they stand within another language. */
export function spoken(text: string, lang?: string): HTMLSpanElement {
  return h("span", { class: "spoken", lang }, text);
}

/** No line begins with the second half of a French punctuation mark, however the text was typed. */
export function typeset(text: string): string {
  return text.replace(/ (?=[:;?!»])/g, "\u00a0").replace(/« /g, "«\u00a0");
}

/** `url` as an absolute address of a harmless kind, else null. `base` resolves what is relative. */
export function safeUrl(url: unknown, base?: URL, kinds = ["http:", "https:"]): string | null {
  if (typeof url !== "string" || !url) return null;
  try {
    const found = new URL(url, base);
    return kinds.includes(found.protocol) ? found.href : null;
  } catch {
    return null;
  }
}
