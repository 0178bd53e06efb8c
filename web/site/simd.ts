// Whether this browser runs WebAssembly with SIMD: the smallest module that uses a vector.
//   (module (func (result v128) (i8x16.splat (i32.const 0))))  with one more instruction on the result
const module = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version
  0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, // type: () → v128
  0x03, 0x02, 0x01, 0x00, // one function of it
  0x0a, 0x0a, 0x01, 0x08, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0xfd, 0x62, 0x0b, // i32.const 0, i8x16.splat, i8x16.popcnt
]);

export const hasSimd = (): boolean => {
  try {
    return typeof WebAssembly === 'object' && WebAssembly.validate(module);
  } catch {
    return false;
  }
};
