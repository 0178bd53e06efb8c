// A claim that holds for one seed only is luck.
import { OWN_SEED, holdClaims } from './claims';

holdClaims(OWN_SEED + 1);
