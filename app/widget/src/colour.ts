/** Colours by WCAG 2.2: relative luminance, contrast, and the nearest shade that can be read. */

export type Rgb = readonly [number, number, number];

export const WHITE: Rgb = [255, 255, 255];
export const BLACK: Rgb = [0, 0, 0];
export const DEFAULT_ACCENT: Rgb = [155, 28, 49];

/** The surfaces that accent-coloured words stand on, as in panel.css: the one hardest to read on. */
export const LIGHT: Rgb = [244, 243, 240];
export const DARK: Rgb = [43, 45, 54];

/** `#rgb` or `#rrggbb`; null for anything else. */
export function parseColour(text: string): Rgb | null {
  const short = /^#?([\da-f])([\da-f])([\da-f])$/i.exec(text.trim());
  const long = /^#?([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(text.trim());
  const found = long ?? short;
  if (!found) return null;
  const [red, green, blue] = found.slice(1).map((digits) => parseInt(digits.length === 1 ? digits + digits : digits, 16));
  return [red!, green!, blue!];
}

export function toHex(colour: Rgb): string {
  return `#${colour.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
}

function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

/** Contrast ratio, 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high! + 0.05) / (low! + 0.05);
}

/** White where it can be read on `colour`, else black: one of them always reaches 4.5. */
export function textOn(colour: Rgb): Rgb {
  return contrast(colour, WHITE) >= 4.5 ? WHITE : BLACK;
}

/** `colour`, moved away from `background` until it has at least the contrast `least`. */
export function readable(colour: Rgb, background: Rgb, least: number): Rgb {
  const goal = textOn(background);
  for (let step = 0; step < 20; step += 1) {
    const shade = colour.map((part, at) => Math.round(part + ((goal[at]! - part) * step) / 20)) as unknown as Rgb;
    if (contrast(shade, background) >= least) return shade;
  }
  return goal;
}

/** Sets the custom properties that the stylesheets take their colours from. */
export function paint(node: HTMLElement, accent: string): void {
  const chosen = parseColour(accent) ?? DEFAULT_ACCENT;
  const dark = readable(chosen, DARK, 2.2);
  const shades: Record<string, Rgb> = {
    "--g-fill-light": chosen,
    "--g-on-fill-light": textOn(chosen),
    "--g-accent-light": readable(chosen, LIGHT, 4.6),
    "--g-fill-dark": dark,
    "--g-on-fill-dark": textOn(dark),
    "--g-accent-dark": readable(chosen, DARK, 4.6),
  };
  for (const name of Object.keys(shades)) node.style.setProperty(name, toHex(shades[name]!));
}
