// Elementary functions that give the same bits on every platform, which libm does not promise.
// Float: at most 4 ulp. Double: relative error at most 1e-14. NaN in gives NaN out.
// Results of exp_ (and of what is built on it) below the smallest normal number are 0: subnormals are slow on x86.
#pragma once

#include <cstdint>

namespace pg::kernels {

template <class T>
T exp_(T x);  // overflows to +inf, underflows to 0
template <class T>
T log_(T x);  // log(0) = -inf, log(<0) = NaN; subnormal arguments are handled
template <class T>
T tanh_(T x);
template <class T>
T sigmoid_(T x);  // 1 / (1 + e^-x)
template <class T>
T softplus_(T x);  // log(1 + e^x), without overflow
template <class T>
T erf_(T x);
// Within the stated errors for |x| ≤ 1e6. Further out still in [-1, 1] and still the same bits everywhere, but of
// an angle reduced with 2π rounded to double. ±inf gives NaN.
template <class T>
T sin_(T x);
template <class T>
T cos_(T x);
// C's pow, with all its special cases.
template <class T>
T pow_(T x, T y);

// y[i] = f(x[i]). Per element the same bits as the scalar function, wherever the element stands. y may be x.
template <class T>
void vexp(int64_t n, const T* x, T* y);
template <class T>
void vlog(int64_t n, const T* x, T* y);
template <class T>
void vtanh(int64_t n, const T* x, T* y);
template <class T>
void vsigmoid(int64_t n, const T* x, T* y);
template <class T>
void vsoftplus(int64_t n, const T* x, T* y);
template <class T>
void verf(int64_t n, const T* x, T* y);

}  // namespace pg::kernels
