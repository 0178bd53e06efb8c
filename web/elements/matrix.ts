// Matrices inside the tensors that the engine hands over.
import type { TensorRead } from '../engine/protocol';

/** A matrix inside a tensor of a snapshot. */
export interface Matrix {
  data: ArrayLike<number>;
  offset: number;
  rows: number;
  cols: number;
}

/** Head `head` of a tensor [H, rows, cols]; the whole of a tensor [rows, cols]. */
export function headOf(read: TensorRead, head: number): Matrix | null {
  const [rows, cols] = read.shape.slice(-2);
  if (rows === undefined || cols === undefined) return null;
  const heads = read.shape.length > 2 ? read.shape[0]! : 1;
  return head < heads ? { data: read.data, offset: head * rows * cols, rows, cols } : null;
}
