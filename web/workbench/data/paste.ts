/** Characters that a text field lays out without a halt: of a megabyte it takes a fifth of a second, at every key. */
const SHOWN = 50_000;

/** What is pasted, where it is too long for the field: it is kept out, to be read like a file. Null where the field has it. */
export function longPaste(event: ClipboardEvent): string | null {
  const pasted = event.clipboardData?.getData('text/plain') ?? '';
  if (pasted.length <= SHOWN) return null;
  event.preventDefault();
  return pasted;
}
