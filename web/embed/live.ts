// The part of an embedded lab that is loaded when it is about to be seen: the stage itself, in its place in the shadow root.
import { schema } from '#schema';
import type { EngineSchema, Params } from '../engine/protocol';
import { labs } from '../labs/index';
import { PgLab } from '../site/lab';
import type { LabHost } from '../site/lab-host';
import { encodeParams } from '../site/state/url';
import { LabApi } from './api';
import type { Options } from './options';
import { LabError, type LabEvent, type LabEvents } from './protocol';

const presetFiles = import.meta.glob<{ default: Record<string, { params: Params }> }>('../labs/*/presets.json');

export interface Live {
  lab: PgLab;
  api: LabApi;
  presets: string[];
  title: string;
}

/** What it opens with: the preset, and the parameters over it. */
function opening({ preset, params }: Options, presets: Record<string, { params: Params }>, lab: string): string {
  const chosen = Object.hasOwn(presets, preset) ? encodeParams(presets[preset]!.params, (schema as EngineSchema).labs[lab]!) : '';
  const query = new URLSearchParams(chosen || (preset ? 'v=1' : ''));
  for (const [key, value] of new URLSearchParams(params)) query.set(key, value);
  const text = query.toString();
  return text && `?${text}`;
}

/** Puts the lab into `place` and waits until it stands. `root`: the site's address. */
export async function start(
  place: HTMLElement, options: Options, root: string,
  emit: <E extends LabEvent>(event: E, detail: LabEvents[E]) => void, reload: () => void,
): Promise<Live> {
  if (!Object.hasOwn(labs, options.lab)) throw new LabError('no_such_lab', `there is no lab ${JSON.stringify(options.lab)}`);
  const presets = (await presetFiles[`../labs/${options.lab}/presets.json`]?.())?.default ?? {};
  if (options.preset && !Object.hasOwn(presets, options.preset)) emit('error', { code: 'no_such_preset', message: `there is no preset ${JSON.stringify(options.preset)} of ${options.lab}` });
  const query = opening(options, presets, options.lab);
  const { lang } = options;
  const host: LabHost = {
    lang,
    root,
    embedded: true,
    autoplay: options.autoplay,
    query: () => query,
    fragment: () => '',
    // What the reader sets is kept by nobody: the address is the host's.
    address: { replace() {}, push() {}, flush() {} },
    acts: () => [],
    link: (to, now) => ({ href: to.startsWith('#') ? `${root}${lang}/${options.lab}/${now}${to}` : `${root}${lang}/${to}`, target: '_blank' }),
    reload,
    attach(stage, element) {
      const key = (event: KeyboardEvent) => stage.key(event);
      element.addEventListener('keydown', key);
      return () => element.removeEventListener('keydown', key);
    },
  };
  const lab = new PgLab();
  lab.lab = options.lab;
  lab.shown = options.shown;
  lab.host = host;
  place.replaceChildren(lab);
  const bench = await lab.ready;
  return { lab, api: new LabApi(lab, bench, emit), presets: Object.keys(presets), title: bench.text('title') };
}

