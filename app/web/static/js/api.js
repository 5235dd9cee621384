/** The HTTP contract, as the page uses it. Errors carry a sentence for the visitor. */

import { readEvents } from "./sse.js";
import { texts } from "./texts.js";

/** Two server pings (15 s each) and some slack. */
const SILENCE_MS = 40_000;

const root = new URL("../../", import.meta.url);

/** What went wrong, as a French sentence; `retryAfter` is in seconds. */
export class ApiError extends Error {
  constructor(message, { status = 0, retryAfter = 0 } = {}) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** The stream ended, or could not be read, before its `done` event. */
class StreamBroken extends Error {}

export function faqUrl(entryId) {
  return new URL(`faq#${encodeURIComponent(entryId)}`, root).href;
}

export async function openingSuggestions() {
  const { suggestions } = await getJson("api/suggestions");
  return suggestions;
}

export function fullEntry(entryId) {
  return getJson(`api/entries/${encodeURIComponent(entryId)}`);
}

/** Votes on an answer; a second vote on the same answer replaces the first. */
export async function sendFeedback(feedback) {
  await send(post("api/feedback", feedback, "application/json"));
}

/**
 * Asks one question. `onText` gets the text received so far each time it grows;
 * the promise holds the whole answer, which replaces that text. A stream that
 * breaks is asked for again as plain JSON.
 */
export async function ask({ message, conversationId, signal, onText }) {
  const body = { message };
  if (conversationId) body.conversation_id = conversationId;
  const watch = watchdog(signal);
  try {
    try {
      return await askStream(body, watch, onText);
    } catch (error) {
      if (!(error instanceof StreamBroken) || watch.signal.aborted) throw error;
      watch.touch();
      const response = await send(post("api/chat", body, "application/json", watch.signal));
      return await readJson(response);
    }
  } catch (error) {
    throw watch.expired ? new ApiError(texts.timeout) : error;
  } finally {
    watch.stop();
  }
}

async function askStream(body, watch, onText) {
  const response = await send(post("api/chat", body, "text/event-stream", watch.signal));
  if (!isType(response, "text/event-stream")) return readJson(response);
  if (!response.body) throw new StreamBroken();
  let text = "";
  try {
    for await (const { event, data } of readEvents(response.body, () => watch.touch())) {
      const payload = JSON.parse(data);
      if (event === "done") return payload;
      if (event === "error") throw new ApiError(payload.message || texts.unknown);
      if (event === "delta") onText((text += payload.text));
    }
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new StreamBroken();
  }
  throw new StreamBroken();
}

function post(path, body, accept, signal) {
  return new Request(new URL(path, root), {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: accept },
    body: JSON.stringify(body),
    credentials: "omit",
    signal,
  });
}

async function getJson(path) {
  const url = new URL(path, root);
  return readJson(await send(new Request(url, { headers: { Accept: "application/json" }, credentials: "omit" })));
}

async function send(request) {
  let response;
  try {
    response = await fetch(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new ApiError(navigator.onLine ? texts.unreachable : texts.offline);
  }
  if (!response.ok) throw await problem(response);
  return response;
}

async function readJson(response) {
  try {
    return await response.json();
  } catch {
    throw new ApiError(texts.unreachable);
  }
}

async function problem(response) {
  let detail;
  if (isType(response, "application/problem+json")) {
    detail = (await response.json().catch(() => ({}))).detail;
  }
  const sentence = typeof detail === "string" && detail ? detail : texts.unknown;
  const wait = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  return new ApiError(sentence, { status: response.status, retryAfter: wait > 0 ? wait : 0 });
}

function isType(response, type) {
  return (response.headers.get("Content-Type") ?? "").startsWith(type);
}

/** A signal that also fires when nothing has been heard for too long. */
function watchdog(outer) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const watch = {
    signal: controller.signal,
    expired: false,
    touch() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => {
        this.expired = true;
        abort();
      }, SILENCE_MS);
    },
    stop() {
      clearTimeout(this.timer);
      outer.removeEventListener("abort", abort);
    },
  };
  outer.addEventListener("abort", abort);
  watch.touch();
  return watch;
}
