// What the labs of texts share of their look: a line to type in, candidates as bars, what is said below.
import { css } from 'lit';
import { inputLook } from '../elements/input-look';

export const textStyles = css`
  :host {
    display: block;
    min-width: 0;
  }
  h3 {
    margin: 0 0 6px;
    font-size: 14px;
    font-weight: 600;
  }
  .bar {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: 8px 10px;
  }
  .own {
    display: grid;
    flex: 1 1 220px;
    gap: 3px;
    font-size: 13px;
    color: var(--pg-ink-2);
  }
  input {
    width: 100%;
    ${inputLook}
    font-size: 15px;
  }
  .plain {
    min-height: max(34px, var(--pg-hit));
    padding: 0 12px;
    border: 1px solid var(--pg-edge);
    border-radius: var(--pg-radius);
    background: var(--pg-raised);
  }
  .plain:hover {
    border-color: var(--pg-accent);
    color: var(--pg-accent);
  }
  .hint {
    margin: 6px 0 0;
    font-size: 13px;
    line-height: 1.55;
    color: var(--pg-ink-2);
  }
  .wrong {
    color: var(--pg-error);
  }
  .bars {
    display: grid;
    grid-template-columns: minmax(44px, auto) minmax(60px, 1fr) auto;
    gap: 3px 10px;
    align-items: center;
    max-width: 420px;
    margin: 0;
    font-size: 13.5px;
    font-variant-numeric: tabular-nums;
  }
  dd {
    margin: 0;
  }
  .track {
    position: relative;
    height: 13px;
    border-radius: 2px;
    background: var(--pg-line);
  }
  .track i {
    position: absolute;
    inset: 0 auto 0 0;
    border-radius: 2px;
    background: var(--pg-seq);
  }
  .chosen {
    font-weight: 600;
  }
`;
