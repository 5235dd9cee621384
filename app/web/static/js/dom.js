/** The few DOM helpers the views share. Nothing here parses HTML. */

import { texts } from "./texts.js";

let serial = 0;

/** A fresh copy of the only element of `<template id="t-…">`. */
export function clone(name) {
  return document.getElementById(`t-${name}`).content.firstElementChild.cloneNode(true);
}

/** The element of `root` marked `data-part="name"`. */
export function part(root, name) {
  return root.querySelector(`[data-part="${name}"]`);
}

/** An id that no other element of the page has. */
export function uniqueId(prefix) {
  serial += 1;
  return `${prefix}-${serial}`;
}

/** An element with the given properties and children (nodes or text). */
export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

export function hiddenText(text) {
  return element("span", { className: "visually-hidden" }, text);
}

/** `url` if it is an absolute one of a harmless kind, else null. */
export function safeUrl(url, kinds = ["http:", "https:"]) {
  try {
    return kinds.includes(new URL(url).protocol) ? url : null;
  } catch {
    return null;
  }
}

/** Makes `link` open `url` in a window of its own, and say so. */
export function openElsewhere(link, url) {
  Object.assign(link, { href: url, target: "_blank", rel: "noopener" });
  link.append(hiddenText(texts.newWindow));
  return link;
}
