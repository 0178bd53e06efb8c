// What is loaded once somebody goes up: heads compared, masks, attention against recurrence.
import './pg-attention-compared';
import './pg-attention-length';
import './pg-attention-masks';
