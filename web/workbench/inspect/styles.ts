import { css } from 'lit';
import { inputLook } from '../../elements/input-look';

/** What the parts of this tool share: their paragraphs, fields and buttons. */
export const formStyles = css`
  p {
    max-width: 68ch;
    margin: 0;
    line-height: 1.6;
    color: var(--pg-ink-2);
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: 10px 14px;
  }
  label {
    display: grid;
    gap: 3px;
    min-width: 0;
    font-size: 13px;
    color: var(--pg-ink-2);
  }
  input,
  select,
  .button {
    ${inputLook}
  }
  select {
    max-width: 100%;
  }
  input[type='number'] {
    width: 9ch;
  }
  .button:hover:not(:disabled) {
    border-color: var(--pg-accent);
    color: var(--pg-accent);
  }
  .button.first {
    border-color: var(--pg-accent);
    background: var(--pg-accent);
    color: var(--pg-accent-ink);
    font-weight: 600;
  }
  .button.first:hover:not(:disabled) {
    color: var(--pg-accent-ink);
  }
`;
