/**
 * The conversation in sessionStorage: written after the first question, gone with the
 * tab, forbidden by `data-storage="none"`. It lets a visitor go to another page of the
 * site and find the conversation there. Where storage is refused, everything works
 * without it.
 */

import { type Reply, isObject, toReply } from "./contract";

const MOST = 20;

export interface Kept {
  question: string;
  reply: Reply;
}

export class Memory {
  constructor(
    private readonly key: string,
    private readonly allowed: () => boolean,
  ) {}

  read(): Kept[] {
    if (!this.allowed()) return [];
    try {
      const kept: unknown = JSON.parse(sessionStorage.getItem(this.key) ?? "[]");
      return Array.isArray(kept) ? kept.map(toKept).filter((turn) => turn !== null) : [];
    } catch {
      return [];
    }
  }

  write(turns: Kept[]): void {
    if (!this.allowed()) return;
    const kept = turns.slice(-MOST);
    try {
      sessionStorage.setItem(this.key, kept.length ? json(kept) : "[]");
    } catch {
      // Full, or refused by the browser.
    }
  }

  clear(): void {
    try {
      sessionStorage.removeItem(this.key);
    } catch {
      // Refused by the browser: then nothing is there.
    }
  }
}

function toKept(value: unknown): Kept | null {
  if (!isObject(value) || typeof value["question"] !== "string") return null;
  const reply = toReply(value["reply"]);
  return reply && { question: value["question"], reply };
}

/** JSON also beside libraries that gave arrays a `toJSON` of their own (prototype.js 1.6). */
function json(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(json).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? "null";
  const fields = Object.keys(value).map((name) => `${JSON.stringify(name)}:${json(value[name])}`);
  return `{${fields.join(",")}}`;
}
