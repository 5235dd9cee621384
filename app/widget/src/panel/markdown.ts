/**
 * Canonical Markdown (app/core/markdown.py) as DOM nodes: paragraphs, nested lists,
 * headings as bold paragraphs, quotes, emphasis, code spans, links to http, https and
 * mailto, hard breaks, `[n]` marks. Anything else stays text.
 */

import { h, safeUrl, typeset } from "../dom";

/** What `[n]` becomes; null leaves it as text. */
export type Mark = (n: number) => Node | null;
/** A link that opens in a window of its own. */
export type Link = (url: string, label: Node) => Node;

interface Tools {
  mark: Mark;
  link: Link;
}

interface Item {
  lines: string[];
  lists: List[];
}

interface List {
  /** NaN for a bulleted list. */
  start: number;
  items: Item[];
}

type Inline = (text: string) => DocumentFragment;

const ITEM = /^( *)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const HEADING = /^#{1,6} +(.*?)(?: +#+)?$/;
const QUOTE = /^> ?(.*)$/;
const DEEPEST = 8;

export function renderMarkdown(source: string, tools: Tools): DocumentFragment {
  const lines = source.replace(/\r\n?/g, "\n").split("\n");
  return blocks(lines, (text) => inline(text, tools, 0), 0);
}

function blocks(lines: string[], write: Inline, depth: number): DocumentFragment {
  const fragment = document.createDocumentFragment();
  let at = 0;
  while (at < lines.length) {
    const line = lines[at]!;
    const heading = HEADING.exec(line);
    if (!line.trim()) {
      at += 1;
    } else if (ITEM.test(line)) {
      const [list, next] = readList(lines, at);
      fragment.append(listNode(list, write));
      at = next;
    } else if (heading) {
      fragment.append(h("p", {}, h("strong", {}, write(heading[1]!))));
      at += 1;
    } else if (QUOTE.test(line) && depth < DEEPEST) {
      const end = skipWhile(lines, at, (text) => QUOTE.test(text));
      const quoted = lines.slice(at, end).map((text) => QUOTE.exec(text)![1]!);
      fragment.append(h("blockquote", {}, blocks(quoted, write, depth + 1)));
      at = end;
    } else {
      const end = skipWhile(lines, at, (text) => Boolean(text.trim()) && !ITEM.test(text));
      fragment.append(h("p", {}, write(lines.slice(at, end).join("\n"))));
      at = end;
    }
  }
  return fragment;
}

function skipWhile(lines: string[], from: number, holds: (line: string) => boolean): number {
  let at = from;
  while (at < lines.length && holds(lines[at]!)) at += 1;
  return at;
}

/** The list that starts at line `start` as a tree, and the line after it. */
function readList(lines: string[], start: number): [List, number] {
  const first = ITEM.exec(lines[start]!)!;
  const indent = first[1]!.length;
  const list: List = { start: Number.parseInt(first[2]!, 10), items: [] };
  let at = start;
  while (at < lines.length) {
    const line = lines[at]!;
    if (!line.trim()) {
      const next = skipWhile(lines, at, (text) => !text.trim());
      if (next === lines.length || !continues(lines[next]!, indent)) break;
      at = next;
      continue;
    }
    const item = ITEM.exec(line);
    const last = list.items[list.items.length - 1];
    if (item && item[1]!.length === indent) {
      if (isOrdered(item[2]!) !== isOrdered(first[2]!)) break;
      list.items.push({ lines: [item[3]!], lists: [] });
      at += 1;
    } else if (item && item[1]!.length > indent && last) {
      const [nested, next] = readList(lines, at);
      last.lists.push(nested);
      at = next;
    } else if (!item && depthOf(line) > indent && last) {
      last.lines.push(line.trimStart());
      at += 1;
    } else {
      break;
    }
  }
  return [list, at];
}

function continues(line: string, indent: number): boolean {
  return depthOf(line) >= indent && (ITEM.test(line) || depthOf(line) > indent);
}

function depthOf(line: string): number {
  return line.length - line.trimStart().length;
}

function isOrdered(mark: string): boolean {
  return /^\d/.test(mark);
}

function listNode({ start, items }: List, write: Inline): HTMLElement {
  const list = Number.isNaN(start) ? h("ul") : h("ol", { start: String(start) });
  for (const item of items) {
    const lists = item.lists.map((nested) => listNode(nested, write));
    list.append(h("li", {}, write(item.lines.join("\n")), ...lists));
  }
  return list;
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: "\u00a0" };

type Write = (match: RegExpExecArray, tools: Tools, inner: Inline) => Node | string | null;

/** Inline forms in order of precedence: a pattern, and the node (or null: leave it) it becomes. */
const FORMS: [RegExp, Write][] = [
  [/\\([!-/:-@[-`{-~])/y, (m) => m[1]!],
  [/(?: {2,}|\\)\n/y, () => h("br")],
  [/ *\[(\d{1,2})\](?!\()/y, (m, { mark }) => mark(Number(m[1]))], // Glued to the word before it.
  [/\s*\n/y, () => " "],
  [/&(amp|lt|gt|quot|#39|nbsp);/y, (m) => ENTITIES[m[1]!]!],
  [/`([^`]+)`/y, (m) => h("code", {}, m[1]!)],
  [
    /\[((?:[^[\]\\]|\\.)*)\]\((<[^>]*>|[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+"[^"]*")?\)/y,
    (m, tools, inner) => linkNode(m[2]!.replace(/^<|>$/g, ""), inner(m[1]!), tools),
  ],
  [
    /<((?:https?:\/\/|mailto:)[^<>\s]+)>/y,
    (m, tools) => linkNode(m[1]!, document.createTextNode(m[1]!.replace(/^mailto:/, "")), tools),
  ],
  [
    /<([^<>\s@]+@[^<>\s@]+\.[^<>\s@]+)>/y,
    (m, tools) => linkNode(`mailto:${m[1]}`, document.createTextNode(m[1]!), tools),
  ],
  [/\*\*(?=\S)(.*?\S)\*\*(?!\*)/sy, (m, _, inner) => h("strong", {}, inner(m[1]!))],
  [/\*(?=[^\s*])(.*?[^\s*])\*(?!\*)/sy, (m, _, inner) => h("em", {}, inner(m[1]!))],
];

function inline(text: string, tools: Tools, depth: number): DocumentFragment {
  const fragment = document.createDocumentFragment();
  const inner: Inline = (inside) => inline(inside, tools, depth + 1);
  let plain = "";
  let at = 0;
  while (at < text.length) {
    const found = depth < DEEPEST ? match(text, at, tools, inner) : null;
    if (!found) {
      plain += text[at];
      at += 1;
      continue;
    }
    const [node, length] = found;
    if (typeof node === "string") {
      plain += node;
    } else {
      fragment.append(typeset(plain), node);
      plain = "";
    }
    at += length;
  }
  fragment.append(typeset(plain));
  return fragment;
}

function match(text: string, at: number, tools: Tools, inner: Inline): [Node | string, number] | null {
  for (const [pattern, write] of FORMS) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    const node = found && write(found, tools, inner);
    if (found && node) return [node, found[0].length];
  }
  return null;
}

/** A link where the address is harmless; the label alone where it is not. */
function linkNode(url: string, label: Node, tools: Tools): Node {
  if (safeUrl(url)) return tools.link(url, label);
  if (safeUrl(url, undefined, ["mailto:"])) return h("a", { href: url }, label);
  return h("span", {}, label);
}
