// Classic tables, ready to pick: where they come from and what may be done with them is shown with them.
import iris from './iris.csv?raw';
import penguins from './penguins.csv?raw';

export interface ClassicTable {
  id: string;
  text: string;
  /** Column to predict. */
  target: string;
  source: string;
  href: string;
  licence: string;
}

export const tables: ClassicTable[] = [
  {
    id: 'iris',
    text: iris,
    target: 'species',
    source: 'R. A. Fisher, “The use of multiple measurements in taxonomic problems”, Annals of Eugenics 7 (1936); UCI Machine Learning Repository',
    href: 'https://doi.org/10.24432/C56C76',
    licence: 'CC BY 4.0',
  },
  {
    id: 'penguins',
    text: penguins,
    target: 'species',
    source: 'K. B. Gorman, T. D. Williams, W. R. Fraser, PLoS ONE 9(3): e90081 (2014); palmerpenguins (A. Horst, A. Hill, K. Gorman)',
    href: 'https://allisonhorst.github.io/palmerpenguins/',
    licence: 'CC0 1.0',
  },
];
