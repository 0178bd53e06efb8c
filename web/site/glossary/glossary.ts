// The glossary's filter. Everything else of the page is its HTML (.tools/glossary.mjs), which stands without this script.
import './glossary.css';

const folded = (text: string) => text.toLowerCase().replace(/\s+/g, ' ');

export function dressGlossary(main: HTMLElement): void {
  const form = main.querySelector('form')!;
  const output = main.querySelector('output')!;
  const fields = form.elements as HTMLFormControlsCollection & { words: HTMLInputElement; lab: HTMLSelectElement; section: HTMLSelectElement };
  const parts = [...main.querySelectorAll<HTMLElement>('section[data-section]')].map((section) => ({
    section,
    index: main.querySelector<HTMLElement>(`nav [data-section="${section.dataset['section']}"]`)!,
    entries: [...section.querySelectorAll<HTMLElement>('article')].map((article) => ({
      article,
      link: main.querySelector<HTMLElement>(`nav a[href="#${article.id}"]`)!.parentElement!,
      labs: article.dataset['labs']!.split(' '),
      // Not the settings of the runs: they name half of all hyperparameters.
      words: folded([...article.querySelectorAll('h3, .help, .runs li, dd')].map((part) => part.textContent).join(' ')),
    })),
  }));
  const all = parts.reduce((sum, { entries }) => sum + entries.length, 0);

  const filter = () => {
    const words = folded(fields.words.value).split(' ').filter(Boolean);
    let shown = 0;
    for (const { section, index, entries } of parts) {
      const wanted = !fields.section.value || fields.section.value === section.dataset['section'];
      let here = 0;
      for (const { article, link, labs, words: said } of entries) {
        const fits = wanted && (!fields.lab.value || labs.includes(fields.lab.value)) && words.every((word) => said.includes(word));
        article.hidden = link.hidden = !fits;
        if (fits) ++here;
      }
      section.hidden = index.hidden = here === 0;
      shown += here;
    }
    output.textContent = shown ? output.dataset['count']!.replace('{shown}', String(shown)).replace('{all}', String(all)) : output.dataset['none']!;
  };
  form.addEventListener('input', filter);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.hidden = false;
  filter();

  // An address that points at an entry shows it, whatever the filter says.
  const reach = () => {
    let id = location.hash.slice(1);
    try {
      id = decodeURIComponent(id);
    } catch {
      // An address that is no text names no entry.
    }
    const target = document.getElementById(id);
    if (!target?.closest('[hidden]')) return;
    form.reset();
    filter();
    target.scrollIntoView();
  };
  addEventListener('hashchange', reach);
}
