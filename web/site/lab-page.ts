// A lab on its own page: its stage fills the window, and the address bar is the experiment.
import type { Lang } from '../labs/lab-view';
import type { LabHost } from './lab-host';
import { PgLab } from './lab';
import { addressBar, FLUSH_ADDRESS } from './state/address';

const host: LabHost = {
  lang: document.documentElement.lang as Lang,
  root: document.documentElement.dataset['root'] ?? './',
  embedded: false,
  autoplay: true,
  query: () => location.search,
  fragment: () => location.hash,
  address: addressBar(history, location),
  // wireProse may or may not have been here yet.
  acts: () => [...document.querySelectorAll<HTMLAnchorElement>('.prose a')].map((link) => link.dataset['act'] ?? link.getAttribute('href') ?? ''),
  link: (to) => ({ href: to.startsWith('#') ? to : `../${to}` }),
  reload: () => location.reload(),
  attach(stage) {
    const back = () => stage.open(location.search);
    const point = () => stage.point(location.hash);
    const key = (event: KeyboardEvent) => stage.key(event);
    const flush = () => stage.flush();
    const listeners = [['popstate', back], ['hashchange', point], ['pagehide', flush], [FLUSH_ADDRESS, flush], ['keydown', key as EventListener]] as const;
    for (const [event, listener] of listeners) addEventListener(event, listener);
    return () => {
      for (const [event, listener] of listeners) removeEventListener(event, listener);
    };
  },
};

for (const stage of document.querySelectorAll<PgLab>('pg-lab')) stage.host = host;
