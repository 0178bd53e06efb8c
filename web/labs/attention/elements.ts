// The lab's two elements, loaded together.
import './pg-attention-model';
import './pg-attention-results';
