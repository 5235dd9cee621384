/** The attributes that a site sets, on the script tag or on `<guichet-chat>`. */

export const OPTIONS = [
  "title",
  "accent",
  "lang",
  "theme",
  "position",
  "mode",
  "launcher",
  "welcome",
  "suggestions",
  "privacy",
  "storage",
  "server",
] as const;

export type Option = (typeof OPTIONS)[number];

/** What the element watches: the options, and its direction. */
export const ATTRIBUTES = [...OPTIONS.map((name) => `data-${name}`), "dir"];

/** An option of `host`, trimmed; "" where it isn't set. */
export function option(host: HTMLElement, name: Option): string {
  return host.getAttribute(`data-${name}`)?.trim() ?? "";
}

export function isEnglish(host: HTMLElement): boolean {
  return option(host, "lang").toLowerCase().startsWith("en");
}

/** In the flow of the page instead of floating over it. */
export function isInline(host: HTMLElement): boolean {
  return option(host, "mode") === "inline";
}

/** What the loader hands to the panel, and gets back from it. */
export interface PanelHost {
  readonly host: HTMLElement;
  readonly section: HTMLElement;
  readonly server: URL;
  /** Tells this element's conversation from others of the same page. */
  readonly serial: number;
  readonly launcher: HTMLElement;
  onToggle(open: boolean): void;
}

export interface Panel {
  readonly isOpen: boolean;
  open(opener: Element | null): void;
  close(): void;
  ask(question: string): Promise<void>;
  /** An attribute has changed. */
  refresh(): void;
}

export interface PanelModule {
  mount(host: PanelHost): Panel;
}
