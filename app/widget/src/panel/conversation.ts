/** Asking, one question at a time: its state, what is kept of it, and what becomes of failures. */

import { Failure } from "./api";
import type { Reply, Suggestion } from "./contract";
import type { Kept, Memory } from "./storage";
import { type Trouble, Turn } from "./turn";
import type { Context } from "./views";

const SLOW_MS = 6_000;

export interface Parts {
  context: Context;
  log: HTMLElement;
  memory: Memory;
  /** The text in the field, which a failure gives back. */
  field: { text: string };
  /** The conversation has begun, or has been emptied. */
  onChange(isEmpty: boolean): void;
}

export class Conversation {
  #id = "";
  #turns: Kept[] = [];
  #pending: AbortController | null = null;

  constructor(private readonly parts: Parts) {}

  /** Shows again what was said on another page of the site, silently. */
  restore(): void {
    const { context, log, memory } = this.parts;
    this.#turns = memory.read();
    log.setAttribute("aria-live", "off");
    for (const { question, reply } of this.#turns) {
      const turn = new Turn(context, question);
      turn.finish(reply);
      log.append(turn.view);
      this.#id = reply.conversation_id;
    }
    this.parts.onChange(!this.#turns.length);
    requestAnimationFrame(() => log.setAttribute("aria-live", "polite"));
  }

  /** Settles once the question is answered or has failed. `follow` moves the focus to the question. */
  async ask(question: string, follow = false): Promise<void> {
    const { context, log, field } = this.parts;
    if (this.#pending) {
      context.say(context.texts.busy);
      return;
    }
    const turn = new Turn(context, question);
    if (field.text.trim() === question) field.text = "";
    log.append(turn.view);
    this.parts.onChange(false);
    if (follow) turn.heading.focus({ preventScroll: true });
    await this.#answer(turn);
  }

  /** Forgets everything, here and in the browser. */
  clear(): void {
    this.#pending?.abort();
    this.#pending = null;
    this.#id = "";
    this.#turns = [];
    this.parts.memory.clear();
    this.parts.log.replaceChildren();
    this.parts.onChange(true);
  }

  /** Erases it at the service, then here. Rejects when the service couldn't, or an answer is under way. */
  async erase(): Promise<void> {
    if (this.#pending) throw new Failure("refused");
    if (this.#id) await this.parts.context.api.erase(this.#id);
    this.clear();
  }

  async #answer(turn: Turn): Promise<void> {
    const { context } = this.parts;
    const { texts } = context;
    const controller = new AbortController();
    const progress = turn.progress(() => controller.abort());
    this.#pending = controller;
    context.say(texts.searching);
    context.reveal(turn.view);
    const slow = setTimeout(() => {
      progress.tell(texts.slow);
      context.say(texts.slow);
    }, SLOW_MS);
    const asking = {
      message: turn.question,
      conversationId: this.#id,
      signal: controller.signal,
      onText: (text: string) => {
        clearTimeout(slow);
        progress.write(text);
        context.reveal(turn.view);
      },
    };
    const settle = await context.api.ask(asking).then(
      (reply) => () => this.#finish(turn, reply),
      async (error: Failure) => {
        const found = await this.#search(turn.question, error);
        return () => this.#fail(turn, error, found);
      },
    );
    clearTimeout(slow);
    if (this.#pending !== controller) return; // Started over meanwhile.
    this.#pending = null;
    settle();
    context.reveal(turn.view);
  }

  #finish(turn: Turn, reply: Reply): void {
    const { context, memory } = this.parts;
    this.#id = reply.conversation_id;
    this.#turns.push({ question: turn.question, reply });
    memory.write(this.#turns);
    context.say(""); // The log speaks for itself.
    turn.finish(reply);
    const entryIds = reply.sources.map((source) => source.entry_id);
    const { answer_id: answerId, outcome, confidence } = reply;
    context.emit("guichet:answer", { answerId, outcome, entryIds, confidence });
  }

  /** The question stays at hand: on the turn's button, and in the field where it is empty. */
  #fail(turn: Turn, error: Failure, found: Suggestion[]): void {
    const { context, field } = this.parts;
    context.say("");
    if (!field.text.trim()) field.text = turn.question;
    const onRetry: Trouble["onRetry"] = () => {
      if (this.#pending) {
        context.say(context.texts.busy);
        return;
      }
      if (field.text.trim() === turn.question) field.text = "";
      turn.heading.focus({ preventScroll: true });
      void this.#answer(turn);
    };
    turn.fail({ sentence: this.#sentence(error), retryAfter: error.retryAfter, found, onRetry });
    context.emit("guichet:error", { code: error.code, status: error.status });
  }

  /** Where only the writing failed, the FAQ itself can still be searched. */
  async #search(question: string, error: Failure): Promise<Suggestion[]> {
    if (error.code !== "server" && error.code !== "slow") return [];
    return this.parts.context.api.search(question).catch(() => []);
  }

  /** The server's own sentence is French. */
  #sentence({ code, detail }: Failure): string {
    const { texts } = this.parts.context;
    if (detail && texts.locale === "fr") return detail;
    if (code === "slow") return texts.timeout;
    return code === "refused" ? texts.server : texts[code];
  }
}
