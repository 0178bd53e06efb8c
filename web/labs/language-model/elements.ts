// The lab's elements, loaded together.
import './pg-language-model';
import './pg-language-results';
