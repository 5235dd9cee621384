/**
 * What a site's own scripts can use: the element, its methods and its events.
 *
 *     const chat = document.querySelector("guichet-chat");
 *     chat.addEventListener("guichet:answer", (event) => count(event.detail.outcome));
 *     chat.ask("Quels sont les tarifs ?");
 *
 * No event carries what the visitor typed.
 */

export type GuichetOutcome = "answered" | "clarification" | "abstained" | "handoff" | "smalltalk" | "blocked";

export interface GuichetEvents {
  /** The conversation has been opened. */
  "guichet:open": CustomEvent<Record<string, never>>;
  /** An answer is shown in whole. */
  "guichet:answer": CustomEvent<{ answerId: string; outcome: GuichetOutcome; entryIds: string[]; confidence: number }>;
  /** A vote has been kept. */
  "guichet:feedback": CustomEvent<{ answerId: string; vote: "up" | "down" }>;
  /** A question got no answer, or the conversation could not be opened (`code: "load"`). */
  "guichet:error": CustomEvent<{
    code: "load" | "offline" | "unreachable" | "slow" | "limited" | "refused" | "server" | "stopped" | "cut";
    status: number;
  }>;
}

export interface GuichetChatElement extends HTMLElement {
  /** Whether the conversation is shown. */
  readonly isOpen: boolean;
  /** Opens the conversation; settles once it is shown. */
  open(): Promise<void>;
  /** Closes the conversation and gives the focus back. */
  close(): void;
  /** Opens the conversation and asks; settles once the question is answered or has failed. */
  ask(question: string): Promise<void>;
}

declare global {
  interface HTMLElementTagNameMap {
    "guichet-chat": GuichetChatElement;
  }
  interface HTMLElementEventMap extends GuichetEvents {}
  interface DocumentEventMap extends GuichetEvents {}
}
