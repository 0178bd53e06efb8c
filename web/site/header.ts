// The page's header. The plain links that the HTML holds become the navigation; nothing is listed twice.
import { t } from '../elements/base';
import { FLUSH_ADDRESS } from './state/address';
import { CHOICES, chooseTheme, chosenTheme } from './theme';

const make = <K extends keyof HTMLElementTagNameMap>(tag: K, className = '', text = ''): HTMLElementTagNameMap[K] => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
};

function themeButton(): HTMLButtonElement {
  const button = make('button', 'theme');
  button.type = 'button';
  const show = () => {
    const choice = chosenTheme();
    button.textContent = t(`ui.theme.${choice}`);
    button.setAttribute('aria-label', t('ui.theme.label', { theme: t(`ui.theme.${choice}`) }));
    button.dataset['choice'] = choice;
  };
  button.addEventListener('click', () => {
    chooseTheme(CHOICES[(CHOICES.indexOf(chosenTheme()) + 1) % CHOICES.length]!);
    show();
  });
  show();
  return button;
}

function shareButton(): HTMLButtonElement {
  const button = make('button', 'share', t('ui.share'));
  button.type = 'button';
  button.title = t('ui.share.help');
  let timer = 0;
  button.addEventListener('click', async () => {
    window.dispatchEvent(new Event(FLUSH_ADDRESS));
    let done = true;
    try {
      await navigator.clipboard.writeText(location.href);
    } catch {
      done = false;
    }
    button.textContent = t(done ? 'ui.share.done' : 'ui.share.failed');
    clearTimeout(timer);
    timer = window.setTimeout(() => (button.textContent = t('ui.share')), 2500);
  });
  return button;
}

/** The dialog and its preview load with the first press. */
function embedButton(): HTMLButtonElement {
  const button = make('button', 'embed', t('ui.embed'));
  button.type = 'button';
  button.title = t('ui.embed.help');
  button.addEventListener('click', async () => {
    const { openEmbed } = await import('./embed-dialog');
    await openEmbed();
  });
  return button;
}

/** Arranges the header. Language links carry the experiment along. */
export function dressHeader(header: HTMLElement): void {
  const links = [...header.querySelectorAll<HTMLAnchorElement>('a[href]')];
  const languages = links.filter((link) => link.hreflang);
  const [brand, ...pages] = links.filter((link) => !link.hreflang);
  if (!brand) return;
  brand.className = 'brand';
  for (const page of pages) if (new URL(page.href).pathname === location.pathname) page.setAttribute('aria-current', 'page');
  const others = pages.filter((page) => page.dataset['kind'] !== 'lab');
  const nav = make('nav', 'labs'), rest = make('div', 'pages');
  nav.setAttribute('aria-label', t('ui.nav.labs'));
  nav.id = 'labs-menu';
  nav.append(...pages);
  const menu = make('button', 'menu', t('ui.nav.labs'));
  menu.type = 'button';
  menu.setAttribute('popovertarget', nav.id);
  nav.addEventListener('beforetoggle', () => nav.style.setProperty('inset-inline-start', `${menu.offsetLeft}px`));
  // Folded, the menu is named by what it holds, and where one is stands beside it.
  const here = make('span', 'here');
  here.setAttribute('aria-hidden', 'true');
  const fold = (folded: boolean) => {
    menu.hidden = here.hidden = !folded;
    nav.popover = folded ? 'auto' : null;
    here.textContent = nav.querySelector('[aria-current]')?.textContent ?? '';
  };
  const cut = (element: Element) => element.scrollWidth > element.clientWidth + 1;
  /** Where the names do not all fit, those of the labs fold into the menu, then the others, too. */
  const fit = () => {
    rest.replaceChildren(...others);
    fold(false);
    if (!cut(nav) && !cut(rest)) return;
    fold(true);
    if (!cut(rest) && !cut(header)) return;
    nav.append(...others);
    fold(true);
    here.hidden = cut(header); // rather than half a name
  };

  const tools = make('div', 'tools');
  if (document.documentElement.dataset['page'] === 'lab') tools.append(shareButton(), embedButton());
  for (const link of languages) {
    link.className = 'language';
    const bare = link.getAttribute('href')!;
    const carry = () => {
      window.dispatchEvent(new Event(FLUSH_ADDRESS));
      link.href = bare + location.search + location.hash;
    };
    for (const event of ['pointerdown', 'focus', 'click', 'mouseenter']) link.addEventListener(event, carry);
    tools.append(link);
  }
  tools.append(themeButton());
  header.replaceChildren(brand, menu, here, nav, rest, tools);
  let width = 0;
  new ResizeObserver(() => {
    if (width === header.clientWidth) return;
    width = header.clientWidth;
    fit();
  }).observe(header);
  // Letters come when they are first drawn; those of an open menu do not close it.
  document.fonts.addEventListener('loadingdone', () => {
    if (!nav.matches(':popover-open')) fit();
  });
}
