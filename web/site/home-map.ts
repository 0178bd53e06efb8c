// Where everything stands on the map of the home page, in two shapes: wide for desktops, tall for phones. What is drawn
// is the same in both; a shape says only where.

export type Sector = 'supervised' | 'self_supervised' | 'unsupervised' | 'reinforcement';
export const sectors: Sector[] = ['supervised', 'self_supervised', 'unsupervised', 'reinforcement'];

/** Methods of machine learning that are not deep, by the way they learn. */
export const classics: Record<Sector, string[]> = {
  supervised: ['linear_regression', 'logistic_regression', 'trees', 'svm', 'knn'],
  self_supervised: ['ngrams', 'word2vec'],
  unsupervised: ['kmeans', 'pca', 'gmm'],
  reinforcement: ['bandits', 'q_learning'],
};
/** Families of deep networks, by the way they usually learn. A lab takes the place of its family. */
export const families: Record<Sector, string[]> = {
  supervised: ['mlp', 'cnn', 'detection', 'vit', 'rnn', 'translation'],
  self_supervised: ['transformer', 'language_model'],
  unsupervised: ['autoencoder', 'gan'],
  reinforcement: ['deep_rl'],
};

export interface Point {
  x: number;
  y: number;
}
export interface Spot extends Point {
  anchor?: 'start' | 'middle' | 'end';
}
/** A text along a path, or (without a path) straight at its spot. */
export interface Label {
  path?: string;
  spot?: Spot;
}
export interface Shape {
  width: number;
  height: number;
  /** Outlines of machine learning and of deep learning within it. */
  ml: string;
  dl: string;
  /** Each way of learning crosses both regions; these reach beyond the outline and are clipped by it. */
  sectors: Record<Sector, string>;
  borders: string[];
  labels: Record<'ml' | 'dl' | Sector, Label>;
  /** Middle of each method's name, or of its lab's card. */
  spots: Record<string, Spot>;
  /** From logistic regression (the name covers the line) to the network's card: they are the same for one neuron. */
  bridge: { from: Point; to: Point };
  card: { width: number; height: number };
}

const round = (v: number) => Math.round(v * 10) / 10;
const rad = (degrees: number) => (degrees * Math.PI) / 180;

/** A rounded oval between ellipse and rectangle: |x/rx|ⁿ + |y/ry|ⁿ = 1, by angle from the centre (0: right, 90: down). */
class Oval {
  constructor(
    readonly cx: number,
    readonly cy: number,
    readonly rx: number,
    readonly ry: number,
    readonly n = 2.7,
  ) {}
  at(degrees: number): Point {
    const c = Math.cos(rad(degrees)), s = Math.sin(rad(degrees));
    const r = (Math.abs(c / this.rx) ** this.n + Math.abs(s / this.ry) ** this.n) ** (-1 / this.n);
    return { x: round(this.cx + r * c), y: round(this.cy + r * s) };
  }
  grown(by: number): Oval {
    return new Oval(this.cx, this.cy, this.rx + by, this.ry + by, this.n);
  }
  /** From one angle to the other, clockwise when `to` is the larger. */
  arc(from: number, to: number): string {
    const steps = Math.max(2, Math.round(Math.abs(to - from) / 2));
    const points = Array.from({ length: steps + 1 }, (_, i) => this.at(from + ((to - from) * i) / steps));
    return points.map((p, i) => `${i ? 'L' : 'M'}${p.x} ${p.y}`).join('');
  }
  outline(): string {
    return `${this.arc(0, 358)}Z`;
  }
}

function wide(): Shape {
  const width = 1160, height = 780;
  const cx = 580, cy = 390;
  const outer = new Oval(cx, cy, 570, 376);
  const inner = new Oval(cx, cy + 4, 420, 276);
  // Most of what there is learns from examples with answers: the ways part right of the middle.
  const ox = 672, oy = 404;
  // Where one way of learning ends and the next begins.
  const cuts: Record<Sector, [number, number]> = {
    supervised: [118, 292],
    self_supervised: [-68, 13],
    unsupervised: [13, 76],
    reinforcement: [76, 118],
  };
  const far = (degrees: number) => `${round(ox + 1400 * Math.cos(rad(degrees)))} ${round(oy + 1400 * Math.sin(rad(degrees)))}`;
  const wedge = ([from, to]: [number, number]) => `M${ox} ${oy}L${far(from)}L${far((from + to) / 2)}L${far(to)}Z`;
  const along = outer.grown(-24);
  // Text on the lower half runs the other way round, or it would stand on its head.
  const under = outer.grown(-13);
  return {
    width,
    height,
    ml: outer.outline(),
    dl: inner.outline(),
    sectors: Object.fromEntries(sectors.map((key) => [key, wedge(cuts[key])])) as Record<Sector, string>,
    borders: sectors.map((key) => `M${ox} ${oy}L${far(cuts[key][0])}`),
    labels: {
      ml: { path: outer.arc(226, 272) },
      dl: { path: inner.arc(210, 270) },
      supervised: { path: along.arc(186, 238) },
      self_supervised: { path: along.arc(-48, -2) },
      unsupervised: { path: under.arc(58, 14) },
      reinforcement: { path: under.arc(104, 68) },
    },
    spots: {
      linear_regression: { x: 150, y: 334, anchor: 'end' },
      logistic_regression: { x: 150, y: 390, anchor: 'end' },
      trees: { x: 150, y: 446, anchor: 'end' },
      svm: { x: 404, y: 86 },
      knn: { x: 560, y: 70 },
      ngrams: { x: 900, y: 108 },
      word2vec: { x: 1050, y: 250 },
      kmeans: { x: 1062, y: 524 },
      pca: { x: 1028, y: 578 },
      gmm: { x: 926, y: 644 },
      bandits: { x: 672, y: 716 },
      q_learning: { x: 564, y: 712 },
      mlp: { x: 254, y: 384 },
      cnn: { x: 420, y: 230 },
      detection: { x: 420, y: 380 },
      rnn: { x: 420, y: 530 },
      vit: { x: 584, y: 216 },
      translation: { x: 582, y: 376 },
      // On the border: a Transformer learns from translations as well as from plain text.
      transformer: { x: 756, y: 226 },
      language_model: { x: 884, y: 366 },
      autoencoder: { x: 880, y: 512 },
      gan: { x: 790, y: 582 },
      deep_rl: { x: 636, y: 628 },
    },
    bridge: { from: { x: 116, y: 390 }, to: { x: 178, y: 390 } },
    card: { width: 152, height: 132 },
  };
}

/** Names on phones are as far apart as a finger needs. */
const ROW = 44;

function tall(): Shape {
  const width = 344;
  const card = { width: 178, height: 124 }, pitch = card.height + 6;
  const left = 2, right = 342, top = 16, innerLeft = 142, innerRight = 334, innerTop = 54;
  const box = (x1: number, y1: number, x2: number, y2: number, r: number) =>
    `M${x1 + r} ${y1}H${x2 - r}Q${x2} ${y1} ${x2} ${y1 + r}V${y2 - r}Q${x2} ${y2} ${x2 - r} ${y2}H${x1 + r}Q${x1} ${y2} ${x1} ${y2 - r}V${y1 + r}Q${x1} ${y1} ${x1 + r} ${y1}Z`;
  // One below the other, each in the row of its way of learning; the classic ones beside.
  const x = 14, mid = (innerLeft + innerRight) / 2;
  const spots: Record<string, Spot> = {};
  const rows = {} as Record<Sector, [number, number]>, starts = {} as Record<Sector, number>;
  let y = innerTop + 12;
  for (const sector of sectors) {
    const begin = sector === 'supervised' ? 0 : y, first = y + 10;
    families[sector].forEach((name, i) => (spots[name] = { x: mid, y: first + pitch * i + card.height / 2 }));
    classics[sector].forEach((name, i) => (spots[name] = { x, y: first + 8 + ROW * (i + 1), anchor: 'start' }));
    starts[sector] = first + 8;
    y = first + Math.max(pitch * families[sector].length, ROW * (classics[sector].length + 1)) + 4;
    rows[sector] = [begin, y];
  }
  const height = y + 24, bottom = y + 12, innerBottom = y;
  rows.reinforcement[1] = height;
  const bridge = spots['logistic_regression']!.y;
  return {
    width,
    height,
    ml: box(left, top, right, bottom, 34),
    dl: box(innerLeft, innerTop, innerRight, innerBottom, 26),
    sectors: Object.fromEntries(sectors.map((key) => [key, `M0 ${rows[key][0]}H${width}V${rows[key][1]}H0Z`])) as Record<Sector, string>,
    borders: sectors.slice(1).map((key) => `M0 ${rows[key][0]}H${width}`),
    labels: {
      ml: { spot: { x: 36, y: top, anchor: 'start' } },
      dl: { spot: { x: innerLeft + 22, y: innerTop, anchor: 'start' } },
      ...(Object.fromEntries(sectors.map((key) => [key, { spot: { x, y: starts[key], anchor: 'start' as const } }])) as Record<Sector, Label>),
    },
    spots,
    bridge: { from: { x: 20, y: bridge }, to: { x: 146, y: bridge } },
    card,
  };
}

export const shapes = { wide: wide(), tall: tall() };
