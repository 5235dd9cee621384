/** Styles by constructable stylesheet: a site's `style-src` doesn't have to allow anything. */

export function addSheet(root: ShadowRoot | Document, css: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  return sheet;
}
