// Lines of equal height through a grid (marching squares), as pieces: x1, y1, x2, y2 in places of the grid.

/** For each of the sixteen ways in which corners can lie above: pairs of sides that a line joins. Sides: 0 top, 1 right, 2 bottom, 3 left. */
const CROSSINGS: number[][] = [[], [3, 0], [0, 1], [3, 1], [1, 2], [3, 0, 1, 2], [0, 2], [3, 2], [2, 3], [2, 0], [0, 1, 2, 3], [2, 1], [1, 3], [1, 0], [0, 3], []];

export function contour(values: ArrayLike<number>, cols: number, rows: number, level: number): number[] {
  const out: number[] = [];
  for (let r = 0; r + 1 < rows; r++)
    for (let c = 0; c + 1 < cols; c++) {
      // Corners from the upper left, clockwise.
      const [a, b, d, e] = [values[r * cols + c]!, values[r * cols + c + 1]!, values[(r + 1) * cols + c + 1]!, values[(r + 1) * cols + c]!];
      if (!Number.isFinite(a + b + d + e)) continue;
      const kind = (a > level ? 1 : 0) | (b > level ? 2 : 0) | (d > level ? 4 : 0) | (e > level ? 8 : 0);
      const at = (p: number, q: number) => (level - p) / (q - p);
      const place = (side: number): [number, number] => {
        if (side === 0) return [c + at(a, b), r];
        if (side === 1) return [c + 1, r + at(b, d)];
        if (side === 2) return [c + at(e, d), r + 1];
        return [c, r + at(a, e)];
      };
      for (const side of CROSSINGS[kind]!) out.push(...place(side));
    }
  return out;
}
