// From the strokes on a pad to an image like those of MNIST: the ink fitted into 20×20, its centre of mass in the middle
// of 28×28. Without this a digit drawn in a corner is a digit the network has never seen.

export const SIDE = 28;
const INNER = 20;

/**
 * @param gray width × height, row-major, 0 (paper) … 1 (ink)
 * @returns 28 × 28, or null when there is no ink
 */
export function centredDigit(gray: ArrayLike<number>, width: number, height: number): Float32Array | null {
  let left = width, right = -1, top = height, bottom = -1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (gray[y * width + x]! <= 0.05) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  if (right < 0) return null;
  const w = right - left + 1, h = bottom - top + 1;
  // A dot must not be blown up to the full size: the scale is bounded.
  const scale = Math.min(INNER / Math.max(w, h), (4 * SIDE) / Math.max(width, height));

  // Box filter: every pad pixel is shared out by area among the cells it falls on.
  const outW = Math.max(1, Math.ceil(w * scale)), outH = Math.max(1, Math.ceil(h * scale));
  const small = new Float64Array(outW * outH);
  const share = (from: number, limit: number): [number, number][] => {
    const a = from * scale, b = (from + 1) * scale;
    const parts: [number, number][] = [];
    for (let cell = Math.floor(a); cell < b && cell < limit; cell++) {
      const overlap = Math.min(b, cell + 1) - Math.max(a, cell);
      if (overlap > 0) parts.push([cell, overlap]);
    }
    return parts;
  };
  for (let y = 0; y < h; y++) {
    const rows = share(y, outH);
    for (let x = 0; x < w; x++) {
      const value = gray[(top + y) * width + left + x]!;
      if (value <= 0) continue;
      for (const [col, across] of share(x, outW)) for (const [row, down] of rows) small[row * outW + col]! += value * across * down;
    }
  }

  let mass = 0, sumX = 0, sumY = 0;
  for (let y = 0; y < outH; y++) {
    for (let x = 0; x < outW; x++) {
      const v = Math.min(1, small[y * outW + x]!);
      small[y * outW + x] = v;
      mass += v;
      sumX += v * (x + 0.5);
      sumY += v * (y + 0.5);
    }
  }
  const shiftX = Math.round(SIDE / 2 - sumX / mass), shiftY = Math.round(SIDE / 2 - sumY / mass);
  const image = new Float32Array(SIDE * SIDE);
  for (let y = 0; y < outH; y++) {
    for (let x = 0; x < outW; x++) {
      const px = x + shiftX, py = y + shiftY;
      if (px >= 0 && py >= 0 && px < SIDE && py < SIDE) image[py * SIDE + px] = small[y * outW + x]!;
    }
  }
  return image;
}
