// The labs' presets, trained as the labs' worker trains them: through the module itself, many steps a call. Ours only.
import type createLabModule from '../../../bindings/lab';
import type { LabModule, RawLab } from '../../../bindings/lab';
import { openModule } from '../../../web/api/module';
import { fetchAsset } from '../../../web/engine/assets';
import type { Instance } from './engine';

interface Preset {
  params: Record<string, unknown>;
  claim?: Record<string, unknown>[];
}
const files = import.meta.glob<Record<string, Preset>>('../../../web/labs/*/presets.json', { eager: true, import: 'default' });

/** "network/spiral" → its parameters. Not those that show how a training diverges: they have no steps to measure. */
const presets = new Map<string, Preset['params']>(
  Object.entries(files).flatMap(([path, file]) =>
    Object.entries(file)
      .filter(([, { claim = [] }]) => !claim.some((c) => c['diverges']))
      .map(([name, { params }]) => [`${path.split('/').at(-2)}/${name}`, params] as const),
  ),
);

async function make(engine: LabModule, id: string): Promise<RawLab> {
  const [lab, params] = [id.split('/')[0]!, JSON.stringify(presets.get(id))];
  try {
    return engine.createLab(lab, params);
  } catch (error) {
    const { code, path } = error as { code?: string; path?: string };
    if (code !== 'needs_asset') throw error;
    engine.provide(path!, await fetchAsset(document.baseURI, path!, () => {}));
    return engine.createLab(lab, params);
  }
}

const modules = '../../../build/wasm/labs';
const loaders = import.meta.glob<typeof createLabModule>('../../../build/wasm/labs/*.mjs', { import: 'default' });
const addresses = import.meta.glob<string>('../../../build/wasm/labs/*.wasm', { query: '?url', import: 'default', eager: true });
async function open(id: string): Promise<LabModule> {
  const file = `${modules}/${id.split('/')[0]}`;
  return openModule(await loaders[`${file}.mjs`]!(), new URL(addresses[`${file}.wasm`]!, document.baseURI));
}

/** The presets that train. */
export async function list(): Promise<string[]> {
  const found: string[] = [];
  for (const id of presets.keys()) {
    const lab = await make(await open(id), id);
    if ((JSON.parse(lab.status()) as { trainable: boolean }).trainable) found.push(id);
    lab.delete();
  }
  return found;
}

export async function create(id: string): Promise<Instance> {
  const lab = await make(await open(id), id);
  const steps = (n: number) => {
    for (let left = n; left > 0; ) {
      const done = lab.step(left);
      left -= done;
      if (left > 0) lab.reset(); // a run that has come to its end starts anew
      if (done === 0 && lab.step(1) === 0) throw new Error('the lab does not train');
    }
  };
  return { step: () => steps(1), steps };
}
