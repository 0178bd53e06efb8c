// Light or dark: the system's choice until the reader makes one.

export type ThemeChoice = 'system' | 'light' | 'dark';
const KEY = 'playgrad-theme';
export const CHOICES: ThemeChoice[] = ['system', 'light', 'dark'];

export function chosenTheme(): ThemeChoice {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === 'light' || kept === 'dark' ? kept : 'system';
  } catch {
    return 'system'; // storage may be forbidden; the system's choice is a good one
  }
}

export function applyTheme(choice: ThemeChoice): void {
  const root = document.documentElement;
  if (choice === 'system') delete root.dataset['theme'];
  else root.dataset['theme'] = choice;
}

export function chooseTheme(choice: ThemeChoice): void {
  applyTheme(choice);
  try {
    if (choice === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
  } catch {
    // Only for this page, then.
  }
}
