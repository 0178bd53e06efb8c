// What tools made of sentences, fields and buttons look like.
import { css } from 'lit';

export const toolStyles = css`
  h3 {
    margin: 0 0 6px;
    font-size: 14px;
    font-weight: 600;
  }
  p {
    margin: 0 0 8px;
    max-width: 68ch;
    line-height: 1.55;
  }
  .quiet {
    font-size: 13px;
    color: var(--pg-ink-2);
  }
  .line {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    margin-bottom: 10px;
  }
  button,
  .file {
    display: inline-flex;
    align-items: center;
    min-height: max(32px, var(--pg-hit));
    padding: 0 12px;
    border: 1px solid var(--pg-edge);
    border-radius: var(--pg-radius);
    background: var(--pg-raised);
    color: var(--pg-ink);
    cursor: pointer;
  }
  button:hover:not(:disabled, .primary),
  .file:hover {
    border-color: var(--pg-accent);
    color: var(--pg-accent);
  }
  button[aria-pressed='true'] {
    border-color: var(--pg-accent);
    background: var(--pg-accent-soft);
  }
  button.primary {
    border-color: var(--pg-accent);
    background: var(--pg-accent);
    color: var(--pg-accent-ink);
  }
  .file:focus-within {
    outline: 2px solid var(--pg-accent);
    outline-offset: 2px;
  }
  .file input {
    position: absolute;
    width: 1px;
    height: 1px;
    opacity: 0;
  }
`;
