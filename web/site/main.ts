// The script of every page.
import './styles.css';
import { setWords } from '../elements/base';
import { labs } from '../labs/index';
import type { Lang } from '../labs/lab-view';
import { dressHeader } from './header';
import { loadTexts } from './i18n';
import { keepOffline } from './offline';
import { applyTheme, chosenTheme } from './theme';

applyTheme(chosenTheme());

const { lang, dataset } = document.documentElement;

async function homePage(): Promise<void> {
  const [texts] = await Promise.all([loadTexts(lang as Lang, Object.keys(labs), 'home'), import('./home')]);
  setWords(texts);
  dressHeader(document.getElementById('site-header')!);
  document.getElementById('home')?.replaceChildren(Object.assign(document.createElement('pg-home'), { id: 'stage' }));
}

async function labPage(): Promise<void> {
  const stage = document.querySelector('pg-lab')!;
  const [texts] = await Promise.all([loadTexts(lang as Lang, [stage.getAttribute('lab') ?? '']), import('./lab-page')]);
  setWords(texts);
  dressHeader(document.getElementById('site-header')!);
  await wire(stage as HTMLElement as import('./lab').PgLab);
}

async function costPage(): Promise<void> {
  const stage = document.querySelector('pg-cost')!;
  const [texts] = await Promise.all([loadTexts(lang as Lang, [], 'cost'), import('./cost/pg-cost')]);
  setWords(texts);
  dressHeader(document.getElementById('site-header')!);
  await wire(stage as HTMLElement as import('./cost/pg-cost').PgCost);
}

async function glossaryPage(): Promise<void> {
  const [texts, { dressGlossary }] = await Promise.all([loadTexts(lang as Lang, []), import('./glossary/glossary')]);
  setWords(texts);
  dressHeader(document.getElementById('site-header')!);
  dressGlossary(document.querySelector('main')!);
}

/** The explanation's links act on the stage. */
async function wire(stage: import('./prose').Stage): Promise<void> {
  const prose = document.querySelector<HTMLElement>('.prose');
  if (!prose) return;
  const { wireProse } = await import('./prose');
  wireProse(prose, stage);
}

const pages: Record<string, () => Promise<void>> = { home: homePage, lab: labPage, cost: costPage, glossary: glossaryPage };
void pages[dataset['page']!]!();
keepOffline(dataset['root'] ?? './');
