/**
 * Printing the conversation instead of the page around it: while the browser prints,
 * everything beside the element is left out, by a stylesheet that goes away afterwards.
 */

import { addSheet } from "../sheet";

const MARK = "data-guichet-printed";
const CSS_TEXT = `@media print {
  html, body, [${MARK}] { display: block !important; position: static !important; height: auto !important; overflow: visible !important; transform: none !important; }
  [${MARK}] > :not([${MARK}]) { display: none !important; }
}`;

export class Printer {
  #wanted = false;
  #restore: (() => void) | null = null;

  /** `isPrinted` says whether a print that the visitor began elsewhere (Ctrl+P) is of the conversation. */
  constructor(
    private readonly host: HTMLElement,
    private readonly section: HTMLElement,
    private readonly isPrinted: () => boolean,
  ) {
    addEventListener("beforeprint", () => this.#prepare());
    addEventListener("afterprint", () => this.#undo());
  }

  print(): void {
    this.#wanted = true;
    print();
    // Some browsers never say that they are done.
    setTimeout(() => this.#undo(), 1000);
  }

  #prepare(): void {
    if (this.#restore || !this.host.isConnected || !(this.#wanted || this.isPrinted())) return;
    const marked: Element[] = [];
    for (let node: Element | null = this.host; node; node = parentOf(node)) {
      node.setAttribute(MARK, "");
      marked.push(node);
    }
    const sheet = addSheet(document, CSS_TEXT);
    this.section.classList.add("printing");
    this.#restore = () => {
      this.section.classList.remove("printing");
      for (const node of marked) node.removeAttribute(MARK);
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
    };
  }

  #undo(): void {
    this.#wanted = false;
    this.#restore?.();
    this.#restore = null;
  }
}

function parentOf(node: Element): Element | null {
  const root = node.getRootNode();
  return node.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
}
