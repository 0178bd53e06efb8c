// The script of every page.
import './styles.css';
import { setWords } from '../elements/base';
import { labs } from '../labs/index';
import type { Lang } from '../labs/lab-view';
import { dressHeader } from './header';
import { loadTexts } from './i18n';
import { applyTheme, chosenTheme } from './theme';

applyTheme(chosenTheme());

const { lang, dataset } = document.documentElement;

async function homePage(): Promise<void> {
  const [texts] = await Promise.all([loadTexts(lang as Lang, Object.keys(labs), { home: true }), import('./home')]);
  setWords(texts);
  dressHeader(document.getElementById('site-header')!);
  document.getElementById('home')?.replaceChildren(Object.assign(document.createElement('pg-home'), { id: 'stage' }));
}

async function labPage(): Promise<void> {
  const stage = document.querySelector('pg-lab')!;
  const [texts] = await Promise.all([loadTexts(lang as Lang, [stage.getAttribute('lab') ?? '']), import('./lab')]);
  setWords(texts);
  dressHeader(document.getElementById('site-header')!);
  const prose = document.querySelector<HTMLElement>('.prose');
  if (prose) {
    const { wireProse } = await import('./prose');
    wireProse(prose, stage as HTMLElement as import('./lab').PgLab);
  }
}

void (dataset['page'] === 'lab' ? labPage() : homePage());
