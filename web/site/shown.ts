// What of a lab is shown where an author chose. A name stands for a column, for what lies in one (a chart, a part of the
// picture, a hyperparameter), or for the bars below: `controls`, `model`, `results`, `transport`, `timeline`, `tools`.
import type { Shown } from './lab-host';

export type Column = 'controls' | 'model' | 'results';
export const COLUMNS: Column[] = ['model', 'controls', 'results'];

/** Names of what lies in each column. */
export type Places = Record<Column, string[]>;

export class Selection {
  constructor(
    private readonly shown: Shown,
    private readonly embedded: boolean,
    private readonly places: Places,
  ) {}

  /** Some of it is asked for. */
  column(id: Column): boolean {
    const { show, hide } = this.shown;
    if (hide.includes(id)) return false;
    return show === null || show.includes(id) || this.places[id].some((name) => show.includes(name) && !hide.includes(name));
  }
  /** What lies in a column; what the column does not name stands with the whole of it. */
  part(column: Column, name: string): boolean {
    const { show, hide } = this.shown;
    if (hide.includes(column) || hide.includes(name)) return false;
    return show === null || show.includes(column) || show.includes(name);
  }
  /** Who can look must be able to run. */
  get transport(): boolean {
    return !this.shown.hide.includes('transport');
  }
  get timeline(): boolean {
    const { show, hide } = this.shown;
    return !hide.includes('timeline') && (show === null || show.includes('timeline'));
  }
  get tools(): boolean {
    const { show, hide } = this.shown;
    return !hide.includes('tools') && (show?.includes('tools') ?? !this.embedded);
  }
}
