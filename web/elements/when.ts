// Conditions of the parameter table: `task=circle|xor&classes>2`.
import type { Params, ParamValue } from '../engine/protocol';

const clausePattern = /^\s*([a-z_]\w*)\s*(!=|>=|<=|=|>|<)\s*(.*?)\s*$/;

function holds(value: ParamValue | undefined, operator: string, wanted: string): boolean {
  if (value === undefined) return false;
  if (operator === '=' || operator === '!=') {
    const has = Array.isArray(value) ? value.map(String) : [String(value)];
    const any = wanted.split('|').some((option) => has.includes(option));
    return operator === '=' ? any : !any;
  }
  // A list compares by its length.
  const number = Array.isArray(value) ? value.length : Number(value);
  const bound = Number(wanted);
  switch (operator) {
    case '>': return number > bound;
    case '<': return number < bound;
    case '>=': return number >= bound;
    default: return number <= bound;
  }
}

/** The parts of a condition, all of which must hold: [parameter, operator, value]. One that cannot be read throws. */
export function clauses(when: string): [key: string, operator: string, value: string][] {
  return when.split('&').map((clause) => {
    const match = clausePattern.exec(clause);
    if (!match) throw new Error(`unreadable condition "${clause}" in "${when}"`);
    return [match[1]!, match[2]!, match[3]!];
  });
}

/** Whether a parameter with condition `when` is shown. An empty condition holds; one that cannot be read throws. */
export function isVisible(when: string | undefined, params: Params): boolean {
  if (!when) return true;
  return clauses(when).every(([key, operator, value]) => holds(params[key], operator, value));
}
