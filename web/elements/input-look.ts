// What one types into or chooses from looks like: declarations, for whatever an element calls it.
import { css } from 'lit';

export const inputLook = css`
  min-height: max(34px, var(--pg-hit));
  padding: 0 10px;
  border: 1px solid var(--pg-edge);
  border-radius: var(--pg-radius);
  background: var(--pg-raised);
  font: inherit;
  color: var(--pg-ink);
`;
