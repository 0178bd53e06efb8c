// Links of the explanation act on the stage: `try:`, `preset:`, `show:`.
import { showFormulas } from '../elements/formula-styles';

/** What the links act on: a lab, or another page's stage. */
export interface Stage {
  perform(act: string, from: HTMLElement | null): Promise<void>;
  addressOf(act: string): string;
}

const pattern = /^(try|preset|show):/;

/** What scrolls sideways must be reachable by the keyboard. */
function reachWide(prose: HTMLElement): void {
  const check = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const wide = target as HTMLElement;
      if (wide.scrollWidth > wide.clientWidth + 1) wide.tabIndex = 0;
      else wide.removeAttribute('tabindex');
    }
  });
  for (const wide of prose.querySelectorAll('.wide')) check.observe(wide);
}

/** The formulas' fonts come when the reader comes to the text. */
function showFormulasInTime(prose: HTMLElement): void {
  const inView = new Set<Element>();
  const see = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) isIntersecting ? inView.add(target) : inView.delete(target);
    // For a moment, until the stage takes its place, all of the text is in view.
    if (inView.size > 0) setTimeout(() => inView.size > 0 && showFormulas(), 500);
  });
  for (const formula of prose.querySelectorAll('.katex')) see.observe(formula);
  for (const event of ['scroll', 'keydown', 'hashchange'] as const) addEventListener(event, showFormulas, { once: true, passive: true });
  addEventListener('beforeprint', showFormulas);
}

export function wireProse(prose: HTMLElement, stage: Stage): void {
  reachWide(prose);
  showFormulasInTime(prose);
  const links = [...prose.querySelectorAll<HTMLAnchorElement>('a[href]')].filter((link) => pattern.test(link.getAttribute('href')!));
  for (const link of links) {
    link.dataset['act'] = link.getAttribute('href')!;
    link.classList.add('act', link.dataset['act'].split(':')[0]!);
    // For who copies it or opens it elsewhere: the experiment as an address.
    link.addEventListener('pointerdown', () => (link.href = stage.addressOf(link.dataset['act']!)));
    link.setAttribute('href', '#stage');
  }
  prose.addEventListener('click', (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>('a[data-act]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    for (const other of links) other.removeAttribute('aria-current');
    link.setAttribute('aria-current', 'true');
    void stage.perform(link.dataset['act']!, link);
  });
}
