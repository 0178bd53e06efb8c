// Times and sizes with their unit: 18 µs, 1.95 ms, 35.7 MB.
import { formatNumber } from '../../elements/format';

/** Exponents: a digit after the point, always. */
export const formatPower = (exponent: number, lang: string): string => exponent.toLocaleString(lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** [of one unit, its name], from small to large. */
type Units = readonly (readonly [number, string])[];
const times: Units = [[1e-12, 'ps'], [1e-9, 'ns'], [1e-6, 'µs'], [1e-3, 'ms'], [1, 's']];
const sizes: Units = [[1, 'B'], [1e3, 'KB'], [1e6, 'MB'], [1e9, 'GB']];

function withUnit(units: Units, value: number, lang: string, digits: number): string {
  // Rounded first: 999.7 µs is 1 ms.
  const rounded = Number(value.toPrecision(digits));
  const [one, name] = units.findLast(([unit]) => rounded >= unit * (1 - 1e-9)) ?? units[0]!;
  return `${formatNumber(rounded / one, lang, digits)} ${name}`;
}

export const formatTime = (seconds: number, lang: string, digits = 3): string => withUnit(times, seconds, lang, digits);
export const formatBytes = (bytes: number, lang: string, digits = 3): string => withUnit(sizes, bytes, lang, digits);
