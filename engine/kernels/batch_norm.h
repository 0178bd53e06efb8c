// Batch normalisation: each channel over the batch and its pixels. x, y [batch, channels, pixels].
#pragma once

namespace pg::kernels {

// mean[c] and the biased var[c] of every channel: planes summed in four stripes, their sums joined in double.
template <class T>
void channel_statistics(int batch, int channels, int pixels, const T* x, T* mean, T* var);

// y = (x − mean[c]) · rstd[c] · gamma[c] + beta[c]; gamma and beta may each be null (1 and 0).
template <class T>
void batch_norm_forward(int batch, int channels, int pixels, const T* x, const T* mean, const T* rstd, const T* gamma, const T* beta, T* y);

// With g = dy·gamma and h = (x − mean)·rstd:  dx += rstd · (g − mean(g) − h·mean(g·h)) where mean and rstd are the batch's
// own (`of_batch`), else dx += rstd · g;  dgamma += Σ dy·h;  dbeta += Σ dy. gamma, dx, dgamma, dbeta may each be null.
// workspace [3, channels]
template <class T>
void batch_norm_backward(int batch, int channels, int pixels, const T* x, const T* mean, const T* rstd, const T* gamma, const T* dy, bool of_batch, T* dx,
                         T* dgamma, T* dbeta, T* workspace);

}  // namespace pg::kernels
