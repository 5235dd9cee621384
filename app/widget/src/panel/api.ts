/**
 * The HTTP contract, as the panel uses it. A stream that is blocked or breaks is asked for
 * again as plain JSON; a stream that never brought a byte isn't tried again on this page.
 */

import { type Config, type Reply, type Suggestion, isObject, toConfig, toReply, toSuggestions } from "./contract";
import { readEvents } from "./sse";

/** Silence after which a stream counts as blocked, or as broken: two pings (15 s each) and some slack. */
const FIRST_BYTE_MS = 8_000;
const SILENCE_MS = 40_000;
const SEARCH_MS = 6_000;
const SEARCHED = 3;

export type Code = "offline" | "unreachable" | "slow" | "limited" | "refused" | "server" | "stopped" | "cut";

/** Why there is no answer; `detail` is the server's own French sentence, `retryAfter` in seconds. */
export class Failure extends Error {
  constructor(
    readonly code: Code,
    readonly status = 0,
    readonly detail = "",
    readonly retryAfter = 0,
  ) {
    super(code);
  }
}

/** The stream ended, or could not be read, before its `done` event. */
class StreamBroken extends Error {}

export interface Asking {
  message: string;
  conversationId: string;
  signal: AbortSignal;
  /** Gets the text received so far each time it grows. */
  onText(text: string): void;
}

export class Api {
  #streams = true;

  constructor(readonly server: URL) {}

  config(): Promise<Config> {
    return this.#get("api/widget").then(toConfig);
  }

  /** An entry's whole answer, in Markdown. */
  async entry(id: string): Promise<string> {
    const found = await this.#get(`api/entries/${encodeURIComponent(id)}`);
    if (!isObject(found) || typeof found["answer"] !== "string") throw new Failure("server");
    return found["answer"];
  }

  /** What the FAQ holds nearest to a question, for when nothing could be written. */
  async search(question: string): Promise<Suggestion[]> {
    const query = new URLSearchParams({ q: question, k: String(SEARCHED) });
    const found = await this.#get(`api/search?${query}`, AbortSignal.timeout(SEARCH_MS));
    return isObject(found) ? toSuggestions(found["hits"]) : [];
  }

  /** A second vote on the same answer replaces the first. */
  async vote(vote: { answer_id: string; vote: "up" | "down"; reason?: string; comment?: string }): Promise<void> {
    await this.#post("api/feedback", vote);
  }

  entryUrl(id: string): string {
    return new URL(`faq#${encodeURIComponent(id)}`, this.server).href;
  }

  get faqUrl(): string {
    return new URL("faq", this.server).href;
  }

  /** The whole answer. Raises Failure. */
  async ask(asking: Asking): Promise<Reply> {
    const body: Record<string, string> = { message: asking.message };
    if (asking.conversationId) body["conversation_id"] = asking.conversationId;
    const watch = new Watch(asking.signal);
    try {
      if (this.#streams) {
        try {
          return await this.#stream(body, watch, asking.onText);
        } catch (error) {
          if (!(error instanceof StreamBroken)) throw error;
        }
      }
      const signal = watch.within(SILENCE_MS);
      return complete(await json(await this.#post("api/chat", body, signal)));
    } catch (error) {
      if (asking.signal.aborted) throw new Failure("stopped");
      if (watch.expired) throw new Failure("slow");
      if (watch.heard && error instanceof Failure && error.code === "unreachable") throw new Failure("cut");
      throw error instanceof Failure ? error : new Failure("server");
    } finally {
      watch.stop();
    }
  }

  async #stream(body: object, watch: Watch, onText: (text: string) => void): Promise<Reply> {
    let text = "";
    try {
      const response = await this.#post("api/chat", body, watch.within(FIRST_BYTE_MS), "text/event-stream");
      if (!isType(response, "text/event-stream")) return complete(await json(response));
      const onChunk = (): void => {
        watch.heard = true;
        watch.within(SILENCE_MS);
      };
      for await (const { event, data } of readEvents(response.body!, onChunk)) {
        const told: unknown = JSON.parse(data);
        if (event === "done") return complete(told);
        if (!isObject(told)) continue;
        if (event === "error") throw new Failure("server", 0, String(told["message"] ?? ""));
        if (event === "delta" && typeof told["text"] === "string") onText((text += told["text"]));
      }
    } catch (error) {
      if (watch.expired && !watch.heard) this.#streams = false;
      else if (watch.expired || (error instanceof Failure && error.code !== "unreachable")) throw error;
    }
    throw new StreamBroken();
  }

  /** All that the service keeps of a conversation. */
  erase(conversationId: string): Promise<unknown> {
    return this.#fetch(`api/conversations/${encodeURIComponent(conversationId)}`, { method: "DELETE" });
  }

  #get(path: string, signal?: AbortSignal): Promise<unknown> {
    return this.#fetch(path, { headers: { Accept: "application/json" } }, signal).then(json);
  }

  #post(path: string, body: object, signal?: AbortSignal, accept = "application/json"): Promise<Response> {
    const headers = { "Content-Type": "application/json", Accept: accept };
    return this.#fetch(path, { method: "POST", headers, body: JSON.stringify(body) }, signal);
  }

  async #fetch(path: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
    let response;
    try {
      const url = new URL(path, this.server);
      response = await fetch(url, { ...init, credentials: "omit", cache: "no-store", signal: signal ?? null });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Failure(navigator.onLine ? "unreachable" : "offline");
    }
    if (!response.ok) throw await refusal(response);
    return response;
  }
}

async function json(response: Response): Promise<unknown> {
  try {
    return (await response.json()) as unknown;
  } catch {
    throw new Failure(navigator.onLine ? "unreachable" : "offline");
  }
}

function complete(value: unknown): Reply {
  const reply = toReply(value);
  if (!reply) throw new Failure("server");
  return reply;
}

async function refusal(response: Response): Promise<Failure> {
  const { status } = response;
  let detail: unknown = "";
  if (isType(response, "application/problem+json")) {
    const problem: unknown = await response.json().catch(() => null);
    if (isObject(problem)) detail = problem["detail"];
  }
  const wait = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  const code: Code = status === 429 ? "limited" : status < 500 ? "refused" : "server";
  return new Failure(code, status, typeof detail === "string" ? detail : "", wait > 0 ? wait : 0);
}

function isType(response: Response, type: string): boolean {
  return (response.headers.get("Content-Type") ?? "").startsWith(type);
}

/** Gives up with the outer signal, or when nothing has been heard for too long. */
class Watch {
  expired = false;
  /** Some of the answer has come. */
  heard = false;
  #controller = new AbortController();
  #timer = 0;

  constructor(outer: AbortSignal) {
    outer.addEventListener("abort", () => this.#controller.abort());
  }

  /** From now on, `ms` of silence are too long. A signal that has fired is replaced. */
  within(ms: number): AbortSignal {
    this.stop();
    if (this.expired) this.#controller = new AbortController();
    this.expired = false;
    this.#timer = window.setTimeout(() => {
      this.expired = true;
      this.#controller.abort();
    }, ms);
    return this.#controller.signal;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
