/**
 * How the panel stands on the page. Floating, it is a dialog beside the page; where the
 * page has no room for both it is modal and fills the window, so that nothing behind it
 * can take the focus. Inline, it is part of the page and always there.
 */

/** Full screen from here down: as wide as a phone, or as low as one held sideways. */
const NO_ROOM = "(max-width: 639.98px), (max-height: 420px)";

export class Window {
  #opener: Element | null = null;
  #open = false;
  #full = matchMedia(NO_ROOM);

  constructor(
    private readonly view: HTMLElement,
    private readonly host: HTMLElement,
    private readonly launcher: HTMLElement,
    private readonly onEscape: () => void,
  ) {
    if (!this.#dialog) return;
    view.addEventListener("cancel", (event) => {
      event.preventDefault();
      onEscape();
    });
    document.addEventListener("keydown", (event) => this.#key(event));
    this.#full.addEventListener("change", () => this.#adapt());
    visualViewport?.addEventListener("resize", () => this.#fit());
    visualViewport?.addEventListener("scroll", () => this.#fit());
  }

  get isOpen(): boolean {
    return this.#open;
  }

  open(opener: Element | null): void {
    this.#opener = opener;
    this.#open = true;
    this.#show();
  }

  close(): void {
    this.#open = false;
    this.#dialog?.close();
  }

  /** To what had the focus before, or to the launcher. */
  returnFocus(): void {
    const back = this.#opener;
    const isElsewhere = document.activeElement !== document.body && document.activeElement !== this.host;
    if (isElsewhere && document.activeElement !== back) return;
    const isBack = back instanceof HTMLElement && back.isConnected && back !== this.host;
    (isBack ? back : this.launcher).focus({ preventScroll: true });
  }

  get #dialog(): HTMLDialogElement | null {
    return this.view instanceof HTMLDialogElement ? this.view : null;
  }

  #show(): void {
    if (this.#full.matches) this.#dialog?.showModal();
    else this.#dialog?.show();
    this.#fit();
  }

  /** The window has become a phone's, or a desk's again: the focus stays where it is. */
  #adapt(): void {
    if (!this.#open) return;
    const focused = (this.view.getRootNode() as ShadowRoot).activeElement;
    this.#dialog?.close();
    this.#show();
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  }

  /** Full screen means the part of it that the software keyboard leaves. */
  #fit(): void {
    const seen = visualViewport;
    const isPinched = !seen || seen.scale > 1.01;
    const { style } = this.view;
    style.setProperty("--g-top", isPinched ? "0px" : `${Math.max(0, seen.offsetTop)}px`);
    style.setProperty("--g-height", isPinched ? "100%" : `${seen.height}px`);
  }

  /**
   * Escape closes from within, and from the page where the panel may cover what has the
   * focus (WCAG 2.4.11), unless the page has its own use for the key.
   */
  #key(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !this.#open || event.isComposing || event.defaultPrevented) return;
    event.preventDefault();
    this.onEscape();
  }
}
