/** The window of the conversation: opens, closes, minds the focus and the room there is. */

import { Api } from "./api";
import { Composer } from "./composer";
import { type Config, toConfig } from "./contract";
import { Conversation } from "./conversation";
import { Frame } from "./frame";
import css from "./panel.css";
import { type Panel, type PanelHost, type PanelModule, isInline, option } from "../options";
import { Printer } from "./print";
import { addSheet } from "../sheet";
import { Memory } from "./storage";
import type { Texts } from "./texts.fr";
import type { Context } from "./views";
import { Window } from "./window";

const styled = new WeakSet<Node>();

/** What a module of the panel offers the loader; nothing is shown before `open`. */
export function mountIn(texts: Texts): PanelModule["mount"] {
  return (given) => {
    const root = given.section.getRootNode() as ShadowRoot;
    if (!styled.has(root)) addSheet(root, css);
    styled.add(root);
    return new ChatPanel(given, texts);
  };
}

class ChatPanel implements Panel {
  readonly #given: PanelHost;
  readonly #context: Context;
  readonly #frame: Frame;
  readonly #window: Window;
  readonly #composer: Composer;
  readonly #conversation: Conversation;
  readonly #ready: Promise<void>;
  #config: Config = toConfig(null);

  constructor(given: PanelHost, texts: Texts) {
    const { host, section, server, serial } = given;
    const api = new Api(server);
    this.#given = given;
    this.#frame = new Frame(texts, isInline(host), api.faqUrl, {
      close: () => this.close(),
      restart: () => this.#restart(),
      print: () => printer.print(),
      erase: () => this.#conversation.erase(),
    });
    this.#window = new Window(this.#frame.view, host, given.launcher, () => this.close());
    const say = (sentence: string): void => this.#frame.say(sentence);
    this.#composer = new Composer(
      {
        texts,
        limit: () => this.#config.max_message,
        // The field is out of sight where the answer is read: the focus goes along.
        onAsk: (question) => void this.#conversation.ask(question, this.#frame.isLow),
        say,
      },
      this.#frame.noticeId,
    );
    const context: Context = (this.#context = {
      api,
      language: this.#config.language,
      texts,
      ask: (question) => void this.#conversation.ask(question, true),
      emit: (name, detail) => this.#emit(name, detail),
      say,
      reveal: (node) => this.#frame.reveal(node),
    });
    const memory = new Memory(`guichet:${server.href}:${serial}`, () => option(host, "storage") !== "none");
    const onChange = (isEmpty: boolean): void => this.#frame.began(!isEmpty);
    const log = this.#frame.log;
    this.#conversation = new Conversation({ context, log, memory, field: this.#composer, onChange });
    const printer = new Printer(host, section, () => this.isOpen && (isInline(host) || host.matches(":focus-within")));
    this.#frame.place(this.#composer.view);
    section.append(this.#frame.view);
    this.#frame.dress(host, this.#config, server); // Shown at once, whatever the network does.
    this.#ready = api.config().then(
      (found) => this.#dress(found),
      () => this.#dress(this.#config),
    );
    this.#conversation.restore();
  }

  get isOpen(): boolean {
    return this.#window.isOpen;
  }

  open(opener: Element | null): void {
    this.#window.open(opener);
    this.#given.onToggle(true);
    this.#emit("guichet:open", {});
    if (isInline(this.#given.host)) return;
    // A software keyboard would cover half of what has just opened; in a low window the field is out of sight.
    if (this.#frame.isLow || matchMedia("(pointer: coarse)").matches) this.#frame.title.focus({ preventScroll: true });
    else this.#composer.focus();
    this.#frame.toEnd();
  }

  close(): void {
    if (!this.isOpen || isInline(this.#given.host)) return;
    this.#window.close();
    this.#given.onToggle(false);
    this.#window.returnFocus();
  }

  async ask(question: string): Promise<void> {
    await this.#ready;
    const asked = question.trim();
    if (this.#composer.accepts(asked)) return this.#conversation.ask(asked, true);
    this.#composer.text = asked;
    this.#composer.focus();
  }

  refresh(): void {
    this.#dress(this.#config);
  }

  #dress(config: Config): void {
    this.#config = config;
    this.#context.language = config.language;
    this.#frame.dress(this.#given.host, config, this.#given.server);
    this.#frame.offer(this.#context, this.#given.host, config);
  }

  #restart(): void {
    this.#conversation.clear();
    this.#composer.text = "";
    this.#composer.focus();
    this.#frame.say(this.#context.texts.restart);
  }

  #emit(name: string, detail: object): void {
    this.#given.host.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }
}
