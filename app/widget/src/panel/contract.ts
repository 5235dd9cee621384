/**
 * The server's replies as the panel reads them. What comes over the network, or out of
 * sessionStorage, may be anything: `toReply` keeps what has the right shape.
 */

import type { GuichetOutcome } from "../guichet-chat";

export interface Source {
  n: number;
  entry_id: string;
  question: string;
  section: string;
  url: string;
  quote: string;
  /** The answer gives the whole of the entry. */
  complete: boolean;
}

export interface Suggestion {
  entry_id: string;
  question: string;
  section: string;
}

export interface Contact {
  label: string;
  email: string;
  url: string;
}

export interface Reply {
  conversation_id: string;
  answer_id: string;
  outcome: GuichetOutcome;
  answer: string;
  sources: Source[];
  suggestions: Suggestion[];
  contact: Contact | null;
  generator: string;
  confidence: number;
}

/** `GET /api/widget`: what an opened panel shows before the first question. */
export interface Config {
  title: string;
  welcome: string;
  suggestions: Suggestion[];
  contact: Contact | null;
  privacy_url: string;
  max_message: number;
  /** That of the FAQ, and so of answers. */
  language: string;
}

type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}

/** The reply in `value`; null where it has no answer. */
export function toReply(value: unknown): Reply | null {
  if (!isObject(value) || typeof value["answer"] !== "string") return null;
  return {
    conversation_id: text(value, "conversation_id"),
    answer_id: text(value, "answer_id"),
    outcome: text(value, "outcome") as GuichetOutcome,
    answer: value["answer"],
    sources: list(value["sources"]).map(toSource),
    suggestions: list(value["suggestions"]).map(toSuggestion),
    contact: toContact(value["contact"]),
    generator: text(value, "generator"),
    confidence: Number(value["confidence"]) || 0,
  };
}

export function toConfig(value: unknown): Config {
  const read = isObject(value) ? value : {};
  return {
    title: text(read, "title"),
    welcome: text(read, "welcome"),
    suggestions: list(read["suggestions"]).map(toSuggestion),
    contact: toContact(read["contact"]),
    privacy_url: text(read, "privacy_url") || "donnees-personnelles",
    max_message: Number(read["max_message"]) || 1000,
    language: text(read, "language") || "fr",
  };
}

export function toSuggestions(value: unknown): Suggestion[] {
  return list(value).map(toSuggestion);
}

function toSource(value: Json): Source {
  return {
    ...toSuggestion(value),
    n: Number(value["n"]) || 0,
    url: text(value, "url"),
    quote: text(value, "quote"),
    complete: value["complete"] === true,
  };
}

function toSuggestion(value: Json): Suggestion {
  return { entry_id: text(value, "entry_id"), question: text(value, "question"), section: text(value, "section") };
}

function toContact(value: unknown): Contact | null {
  if (!isObject(value)) return null;
  const contact = { label: text(value, "label"), email: text(value, "email"), url: text(value, "url") };
  return contact.email || contact.url ? contact : null;
}

function text(from: Json, name: string): string {
  const value = from[name];
  return typeof value === "string" ? value : "";
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
