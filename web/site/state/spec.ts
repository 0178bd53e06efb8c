// The spec: what the reader has set. It can be undone, and it is the address of the page. It knows nothing of what
// training produced nor of what is folded out.
import type { LabSchema, Params } from '../../engine/protocol';
import { defaultsOf, encodeParams, sameValue } from './url';

/** As far back as one may want to go. */
const MAX_UNDO = 200;

export type SpecListener = (params: Params, changed: string[]) => void;

export class SpecStore {
  private now: Params;
  private past: Params[] = [];
  private future: Params[] = [];
  /** Values before the drag that is going on. */
  private beforeDrag: Params | null = null;
  private readonly listeners = new Set<SpecListener>();

  constructor(
    readonly schema: LabSchema,
    params: Params = {},
  ) {
    this.now = { ...defaultsOf(schema), ...this.known(params) };
  }

  get params(): Params {
    return this.now;
  }
  get canUndo(): boolean {
    return this.past.length > 0;
  }
  get canRedo(): boolean {
    return this.future.length > 0;
  }
  get isDefault(): boolean {
    return encodeParams(this.now, this.schema) === '';
  }

  onChange(listener: SpecListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Changes some parameters. A whole drag is one thing to undo. */
  set(params: Params, { dragging = false } = {}): void {
    const before = this.now;
    const next = { ...before, ...this.known(params) };
    const base = this.beforeDrag ?? before;
    this.beforeDrag = dragging ? base : null;
    if (!dragging && changedKeys(base, next).length) {
      this.past = [...this.past, base].slice(-MAX_UNDO);
      this.future = [];
    }
    this.become(next);
  }

  /** Everything not named goes to its default: a preset, a link. */
  replace(params: Params): void {
    this.set({ ...defaultsOf(this.schema), ...this.known(params) });
  }

  /** The engine's corrected values take the place of those given; nothing to undo. */
  adopt(params: Params): void {
    this.become({ ...this.now, ...this.known(params) });
  }

  undo(): void {
    const target = this.past.pop();
    if (!target) return;
    this.beforeDrag = null;
    this.future.push(this.now);
    this.become(target);
  }
  redo(): void {
    const target = this.future.pop();
    if (!target) return;
    this.past.push(this.now);
    this.become(target);
  }

  /** `?v=1&…` */
  query(): string {
    return encodeParams(this.now, this.schema);
  }

  private known(params: Params): Params {
    return Object.fromEntries(this.schema.params.filter((def) => Object.hasOwn(params, def.key)).map((def) => [def.key, params[def.key]!]));
  }
  private become(next: Params): void {
    const changed = changedKeys(this.now, next);
    if (!changed.length) return;
    this.now = next;
    for (const listener of [...this.listeners]) listener(next, changed);
  }
}

/** Keys whose values differ. */
export function changedKeys(a: Params, b: Params): string[] {
  return Object.keys(b).filter((key) => !sameValue(a[key], b[key]));
}
