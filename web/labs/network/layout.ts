// Where the units stand. Pure arithmetic in CSS px; the drawing and the buttons over it both read it.

export interface Place {
  x: number;
  y: number;
}

export interface Block {
  /** Units in the layer, and how many of them have a place: the rest is a count. */
  units: number;
  shown: number;
  /** Side of a unit's square. */
  cell: number;
  /** Upper left corner of every shown unit. */
  places: Place[];
  x: number;
  y: number;
  width: number;
  height: number;
  /** More than one unit side by side: only the strongest edges are drawn at rest. */
  grid: boolean;
  /** Where "+52" stands, when units are left out. */
  more: Place | null;
}

export interface Layout {
  width: number;
  height: number;
  blocks: Block[];
}

export interface ColumnSize {
  units: number;
  /** Wanted side of a unit; 0: by the room there is. */
  cell?: number;
  /** Width of one unit when it is not a square (an output with its bar). */
  width?: number;
}

/** So many units always stand in one column; more do as long as each keeps a good size. */
export const LIST = 12;
const GOOD_CELL = 22;
const MAX_CELL = 44;
const MIN_CELL = 13;
const GRID_CELL = 24;
/** Least room for the edges between two columns. */
const MIN_GAP = 24;
const MAX_GAP = 150;

const spaceOf = (cell: number) => (cell >= 30 ? 10 : cell >= 20 ? 5 : 3);

/** Largest cell with which `units` of them fit into `height`, at most `most`. */
function listCell(units: number, height: number, most: number): number {
  for (let cell = most; cell > MIN_CELL; cell--) if (units * (cell + spaceOf(cell)) - spaceOf(cell) <= height) return cell;
  return MIN_CELL;
}

interface Shape {
  cell: number;
  width: number;
  cols: number;
  rows: number;
  shown: number;
}

function gridShape(units: number, cell: number, height: number, cols: number): Shape {
  const pitch = cell + spaceOf(cell);
  const most = Math.max(1, Math.floor((height + spaceOf(cell)) / pitch));
  const used = Math.min(cols, Math.ceil(units / most));
  const rows = Math.min(most, Math.ceil(units / used));
  // The last place is given to the count when not all fit.
  const shown = units <= rows * used ? units : rows * used - 1;
  return { cell, width: used * pitch - spaceOf(cell), cols: used, rows, shown };
}

/**
 * Places columns of units from left to right in width × height, each in the vertical middle.
 * Lists share one size of cell; grids shrink, then leave units out, until the edges have room. `margin` is for labels.
 */
export function layoutNetwork(columns: ColumnSize[], fullWidth: number, height: number, margin = { left: 0, right: 0 }): Layout {
  const width = fullWidth - margin.left - margin.right;
  const gaps = Math.max(1, columns.length - 1);
  const roomy = Math.max(MIN_CELL, Math.min(MAX_CELL, Math.floor((width - MIN_GAP * 1.6 * gaps) / columns.length)));
  const isList = ({ units }: ColumnSize) => units <= LIST || listCell(units, height, roomy) >= GOOD_CELL;
  const most = Math.max(1, ...columns.filter((column) => !column.cell && isList(column)).map((column) => column.units));
  const common = listCell(most, height, roomy);

  const shapeOf = (column: ColumnSize, gridCell: number, cols: number): Shape => {
    if (column.cell) return { cell: Math.min(column.cell, listCell(column.units, height, column.cell)), width: column.width ?? column.cell, cols: 1, rows: column.units, shown: column.units };
    if (isList(column)) {
      // One size for all, except that a column of few may be a little larger.
      const cell = Math.min(Math.round(common * 1.35), listCell(column.units, height, roomy));
      return { cell, width: cell, cols: 1, rows: column.units, shown: column.units };
    }
    return gridShape(column.units, gridCell, height, cols);
  };
  let shapes: Shape[] = [];
  const fits = () => shapes.reduce((sum, s) => sum + s.width, 0) + gaps * MIN_GAP <= width;
  search: for (let cols = 8; cols >= 1; cols--) {
    for (const gridCell of [GRID_CELL, 20, 16, MIN_CELL]) {
      shapes = columns.map((column) => shapeOf(column, gridCell, cols));
      if (fits()) break search;
    }
  }

  const used = shapes.reduce((sum, s) => sum + s.width, 0);
  const gap = Math.min(MAX_GAP, Math.max(0, (width - used) / gaps));
  let x = columns.length === 1 ? (width - used) / 2 : Math.max(0, (width - used - gap * gaps) / 2);
  x += margin.left;
  const blocks = shapes.map((shape, i): Block => {
    const pitch = shape.cell + spaceOf(shape.cell);
    const rows = shape.rows;
    const tall = rows * pitch - spaceOf(shape.cell);
    const y = (height - tall) / 2;
    const places: Place[] = [];
    const at = (k: number): Place => ({ x: x + Math.floor(k / rows) * pitch, y: y + (k % rows) * pitch });
    for (let k = 0; k < shape.shown; k++) places.push(at(k));
    const units = columns[i]!.units;
    const block: Block = {
      units, shown: shape.shown, cell: shape.cell, places, x, y, width: shape.width, height: tall, grid: shape.cols > 1,
      more: shape.shown < units ? at(shape.shown) : null,
    };
    x += shape.width + gap;
    return block;
  });
  return { width: fullWidth, height, blocks };
}
