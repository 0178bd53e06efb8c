// KaTeX's rules and fonts. The page names both; the fonts (50 KB) act when a formula is about to be seen, so that a first look
// at a lab needs none. Without scripts they act at once. Fonts declared in a shadow root do not count, rules outside do not reach in.
const link = (part: string) => document.querySelector<HTMLLinkElement>(`link[data-formulas="${part}"]`);

/** Lets the fonts load. */
export function showFormulas(): void {
  const fonts = link('fonts');
  if (fonts && fonts.media !== 'all') fonts.media = 'all';
}

/** In somebody else's page there are neither its rules nor its fonts: there the browser sets the formula itself. */
export const formulaOutput = (): 'htmlAndMathml' | 'mathml' => (link('rules') ? 'htmlAndMathml' : 'mathml');

let sheet: CSSStyleSheet | null = null;
/** The rules, for a shadow root. */
export function formulaRules(): CSSStyleSheet {
  if (!sheet) {
    const rules = (sheet = new CSSStyleSheet());
    const href = link('rules')?.href;
    if (href) void fetch(href).then((file) => file.text()).then((text) => rules.replaceSync(text)); // from the cache
  }
  return sheet;
}
