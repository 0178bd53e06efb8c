// The lab's two elements, loaded together, with the formulas that they show at once.
import { formulas } from '#formulas/attention';
import { addFormulas } from '../../elements/pg-formula';
import './pg-attention-model';
import './pg-attention-results';

addFormulas(formulas);
