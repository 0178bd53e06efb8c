// Opens the dialog of "Embed" for the lab of this page.
import { PgEmbed } from '../embed/pg-embed';
import type { PgLab } from './lab';

let dialog: PgEmbed | null = null;

export async function openEmbed(): Promise<void> {
  const bench = await document.querySelector<PgLab>('pg-lab')!.ready;
  await bench.loadTexts('embed');
  if (!dialog) {
    dialog = new PgEmbed();
    dialog.site = new URL(document.documentElement.dataset['root'] ?? './', location.href).href;
    document.body.append(dialog);
  }
  dialog.bench = bench;
  await dialog.show();
}
