// What the tools ask of a worker, answered by the engine itself in the same turn.
import type { RawLab } from '../../../bindings/lab';
import type { WholeEngine } from '../../../.tools/wasm.mjs';
import type { EngineClient } from '../../../web/engine/engine-client';
import type { Params, Status } from '../../../web/engine/protocol';

export class Direct {
  lab!: RawLab;
  disposed = false;
  /** What was asked, in order. */
  asked: string[] = [];
  constructor(private readonly engine: WholeEngine) {}

  private get status(): Status {
    return JSON.parse(this.lab.status()) as Status;
  }
  request = async (op: string, args: { lab: string; params: Params }): Promise<unknown> => {
    if (op === 'create') {
      this.lab?.delete();
      this.lab = this.engine.createLab(args.lab, JSON.stringify(args.params));
    }
    return { status: this.status };
  };
  load = async (bytes: Uint8Array) => (this.lab.load(bytes), { status: this.status });
  set = async (params: Params) => JSON.parse(this.lab.set(JSON.stringify(params))) as unknown;
  reset = async () => this.lab.reset();
  step = async (n = 1) => ({ done: this.lab.step(n), status: this.status });
  save = async () => this.lab.save().slice();
  query = async (name: string, args: object = {}) => JSON.parse(this.lab.query(name, JSON.stringify(args))) as unknown;
  read = async (name: string, args: object = {}) => {
    this.asked.push(name);
    const { shape, data } = this.lab.read(name, JSON.stringify(args));
    return { shape: [...shape], data: data.slice() };
  };
  act = async (name: string, args: object = {}) => {
    const answer = JSON.parse(this.lab.act(name, JSON.stringify(args)) || 'null') as unknown;
    return { answer, state: { status: this.status } };
  };
  dispose = () => void (this.disposed = true);
  get client(): EngineClient {
    return this as unknown as EngineClient;
  }
}
