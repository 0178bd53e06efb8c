// Layer normalisation over the last dimension.
#pragma once

namespace pg::kernels {

// y[r, :] = (x[r, :] − mean[r]) · rstd[r] · gamma + beta, with rstd = 1/√(var + eps), var biased (divided by cols).
//   x, y [rows, cols]; mean, rstd [rows]; gamma, beta [cols], each may be null (1 and 0). y may be x.
// Mean first, then the variance of the differences. Float error ≤ (16 + cols)·eps of max |x − mean|·rstd·|gamma|.
template <class T>
void layer_norm_forward(int rows, int cols, const T* x, const T* gamma, const T* beta, T eps, T* y, T* mean,
                        T* rstd);

// With g = dy·gamma and h = (x − mean)·rstd:  dx += rstd · (g − mean(g) − h·mean(g·h));
// dgamma += Σ_r dy·h;  dbeta += Σ_r dy (rows in order). gamma, dgamma, dbeta may each be null.
template <class T>
void layer_norm_backward(int rows, int cols, const T* x, const T* gamma, const T* mean, const T* rstd, const T* dy,
                         T* dx, T* dgamma, T* dbeta);

}  // namespace pg::kernels
