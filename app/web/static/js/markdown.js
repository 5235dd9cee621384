/**
 * Canonical Markdown (app/core/markdown.py) as DOM nodes: paragraphs, nested
 * lists, headings as bold paragraphs, quotes, emphasis, code spans, links to
 * http, https and mailto, hard breaks, `[n]` marks. Anything else stays text.
 */

import { element, openElsewhere, safeUrl } from "./dom.js";

const ITEM = /^( *)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const HEADING = /^#{1,6} +(.*?)(?: +#+)?$/;
const QUOTE = /^> ?(.*)$/;

/** @param {(n: string) => Node | null} mark what `[n]` becomes; null leaves it as text */
export function renderMarkdown(source, mark = () => null) {
  const lines = source.replace(/\r\n?/g, "\n").split("\n");
  return renderBlocks(lines, (text) => renderInline(text, mark));
}

function renderBlocks(lines, inline) {
  const fragment = document.createDocumentFragment();
  let at = 0;
  while (at < lines.length) {
    const line = lines[at];
    const heading = HEADING.exec(line);
    if (!line.trim()) {
      at += 1;
    } else if (ITEM.test(line)) {
      const [list, next] = readList(lines, at);
      fragment.append(renderList(list, inline));
      at = next;
    } else if (heading) {
      fragment.append(element("p", {}, element("strong", {}, inline(heading[1]))));
      at += 1;
    } else if (QUOTE.test(line)) {
      const end = skipWhile(lines, at, (text) => QUOTE.test(text));
      const quoted = lines.slice(at, end).map((text) => QUOTE.exec(text)[1]);
      fragment.append(element("blockquote", {}, renderBlocks(quoted, inline)));
      at = end;
    } else {
      const end = skipWhile(lines, at, (text) => text.trim() && !ITEM.test(text));
      fragment.append(element("p", {}, inline(lines.slice(at, end).join("\n"))));
      at = end;
    }
  }
  return fragment;
}

function skipWhile(lines, from, holds) {
  let at = from;
  while (at < lines.length && holds(lines[at])) at += 1;
  return at;
}

/** The list that starts at line `start` as a tree, and the line after it. */
function readList(lines, start) {
  const [, { length: indent }, firstMark] = ITEM.exec(lines[start]);
  const list = { start: Number.parseInt(firstMark, 10), items: [] };
  let at = start;
  while (at < lines.length) {
    if (!lines[at].trim()) {
      const next = skipWhile(lines, at, (text) => !text.trim());
      if (next === lines.length || depthOf(lines[next]) < indent || !belongs(lines[next], indent)) break;
      at = next;
      continue;
    }
    const item = ITEM.exec(lines[at]);
    const last = list.items.at(-1);
    if (item && item[1].length === indent) {
      if (isOrdered(item[2]) !== isOrdered(firstMark)) break;
      list.items.push({ lines: [item[3]], lists: [] });
      at += 1;
    } else if (item && item[1].length > indent) {
      const [nested, next] = readList(lines, at);
      last.lists.push(nested);
      at = next;
    } else if (!item && depthOf(lines[at]) > indent) {
      last.lines.push(lines[at].trimStart());
      at += 1;
    } else {
      break;
    }
  }
  return [list, at];
}

function belongs(line, indent) {
  return ITEM.test(line) || depthOf(line) > indent;
}

function depthOf(line) {
  return line.length - line.trimStart().length;
}

function isOrdered(mark) {
  return /^\d/.test(mark);
}

function renderList({ start, items }, inline) {
  const list = Number.isNaN(start) ? element("ul") : element("ol", { start });
  for (const item of items) {
    const lists = item.lists.map((nested) => renderList(nested, inline));
    list.append(element("li", {}, inline(item.lines.join("\n")), ...lists));
  }
  return list;
}

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: "\u00a0" };

/** Inline forms in order of precedence: a pattern, and the node (or null: leave it) it becomes. */
const INLINE = [
  [/\\([!-/:-@[-`{-~])/y, ([, character]) => character],
  [/(?: {2,}|\\)\n/y, () => element("br")],
  [/ *\[(\d{1,2})\](?!\()/y, ([, n], { mark }) => mark(n)], // Glued to the word before it.
  [/\s*\n/y, () => " "],
  [/&(amp|lt|gt|quot|#39|nbsp);/y, ([, name]) => ENTITIES[name]],
  [/`([^`]+)`/y, ([, code]) => element("code", {}, code)],
  [
    /\[((?:[^[\]\\]|\\.)*)\]\((<[^>]*>|[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+"[^"]*")?\)/y,
    ([, label, url], { inner }) => link(url.replace(/^<|>$/g, ""), inner(label)),
  ],
  [/<((?:https?:\/\/|mailto:)[^<>\s]+)>/y, ([, url]) => link(url, url.replace(/^mailto:/, ""))],
  [/<([^<>\s@]+@[^<>\s@]+\.[^<>\s@]+)>/y, ([, address]) => link(`mailto:${address}`, address)],
  [/\*\*(?=\S)(.*?\S)\*\*(?!\*)/sy, ([, text], { inner }) => element("strong", {}, inner(text))],
  [/\*(?=[^\s*])(.*?[^\s*])\*(?!\*)/sy, ([, text], { inner }) => element("em", {}, inner(text))],
];

function renderInline(text, mark) {
  const fragment = document.createDocumentFragment();
  const tools = { mark, inner: (inside) => renderInline(inside, mark) };
  let plain = "";
  let at = 0;
  while (at < text.length) {
    const found = matchInline(text, at, tools);
    if (typeof found?.node === "string") {
      plain += found.node;
    } else if (found) {
      fragment.append(plain, found.node);
      plain = "";
    } else {
      plain += text[at];
    }
    at += found?.length ?? 1;
  }
  fragment.append(plain);
  return fragment;
}

function matchInline(text, at, tools) {
  for (const [pattern, make] of INLINE) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    const node = match && make(match, tools);
    if (node) return { node, length: match[0].length };
  }
  return null;
}

/** A link where the address is harmless; the label alone where it is not. */
function link(url, label) {
  if (safeUrl(url)) return openElsewhere(element("a", {}, label), url);
  if (safeUrl(url, ["mailto:"])) return element("a", { href: url }, label);
  return element("span", {}, label);
}
