// Numbers for the screen: at most three significant digits, in the reader's language. Full precision is for titles
// and for what stands under the cursor.

const formats = new Map<string, Intl.NumberFormat>();
function format(lang: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = lang + JSON.stringify(options);
  let found = formats.get(key);
  if (!found) formats.set(key, (found = new Intl.NumberFormat(lang, options)));
  return found;
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const raise = (n: number) => (n < 0 ? '⁻' : '') + String(Math.abs(n)).replace(/\d/g, (d) => superscripts[+d]!);

/** What is not finite, in words of mathematics. */
function special(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '−∞';
}

/** `value` with at most `digits` significant digits: 0.0312, 12,300, 1.5×10⁻⁷. */
export function formatNumber(value: number, lang = 'en', digits = 3): string {
  if (!Number.isFinite(value)) return special(value);
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e7) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split('e') as [string, string];
    const shown = format(lang, { maximumSignificantDigits: digits }).format(+mantissa);
    return `${shown.replace('-', '−')}×10${raise(+exponent)}`;
  }
  return format(lang, { maximumSignificantDigits: digits }).format(value).replace('-', '−');
}

/** As formatNumber, but every digit is kept (1.00, not 1) so that columns stand still. */
export function formatFixed(value: number, lang = 'en', digits = 3): string {
  if (!Number.isFinite(value)) return special(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return formatNumber(value, lang, digits);
  const whole = size >= 1 ? Math.floor(Math.log10(size)) + 1 : 0;
  const places = Math.max(0, digits - whole);
  return format(lang, { minimumFractionDigits: places, maximumFractionDigits: places }).format(value).replace('-', '−');
}

/** Counts: all digits, grouped. */
export function formatCount(value: number, lang = 'en'): string {
  return Number.isFinite(value) ? format(lang, { maximumFractionDigits: 0 }).format(value) : special(value);
}

/** Large counts on little room: 212K, 1.2M (ko: 21만, 120만). */
export function formatCompact(value: number, lang = 'en'): string {
  if (!Number.isFinite(value)) return special(value);
  return format(lang, { notation: 'compact', maximumSignificantDigits: 3 }).format(value);
}

/** Every digit there is: for titles and for text under the cursor. */
export function formatFull(value: number): string {
  return Number.isFinite(value) ? String(value).replace('-', '−') : special(value);
}

/** A parameter's value in its input field: plain digits, at most 6 significant, readable by parseNumber. */
export function formatInput(value: number): string {
  return String(+value.toPrecision(6));
}

/** What a reader typed: 0.03, 0,03, 1e-3, 3×10⁻³, −2. NaN when it is not a number. */
export function parseNumber(text: string): number {
  let clean = text.trim().replace(/[−–]/g, '-').replace(/\s/g, '').replace(/[×x*]10\^?/i, 'e');
  clean = clean.replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]/g, (d) => String(superscripts.indexOf(d))).replace('⁻', '-');
  if (/^[-+]?\d+,\d+$/.test(clean)) clean = clean.replace(',', '.');
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(clean) ? Number(clean) : NaN;
}
