// The lab's two elements, loaded together.
import './pg-translation-model';
import './pg-translation-results';
