// Where the lines, ticks and labels of a chart go. What draws it (SVG in the page, a file, a canvas) only follows.
export interface Line {
  label: string;
  color: string;
  x: ArrayLike<number>;
  y: ArrayLike<number>;
}

export interface PlotOptions {
  width: number;
  height: number;
  logX?: boolean;
  logY?: boolean;
  /** Range of y when it is fixed. */
  range?: [number, number] | undefined;
  /** Space on the right for the labels at the lines' ends, px. */
  margin?: number;
  format: (value: number) => string;
}

export interface Plot {
  width: number;
  height: number;
  box: { left: number; right: number; top: number; bottom: number };
  lines: { d: string; color: string; label: string; end: { x: number; y: number }; labelY: number; dots: { x: number; y: number }[] }[];
  xTicks: { at: number; text: string }[];
  yTicks: { at: number; text: string }[];
}

/** Steps of 1, 2, 5 × 10ⁿ, about `count` of them. */
function linearTicks(lo: number, hi: number, count: number): number[] {
  const raw = (hi - lo) / count || 1;
  const base = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * base).find((s) => s >= raw) ?? raw;
  const out: number[] = [];
  for (let k = Math.ceil(lo / step - 1e-9); k * step <= hi + step * 1e-9; k++) out.push(Number((k * step).toPrecision(12)));
  return out;
}
function logTicks(lo: number, hi: number): number[] {
  const out: number[] = [];
  for (let k = Math.floor(lo); k <= Math.ceil(hi); k++) out.push(Number((10 ** k).toPrecision(3)));
  const every = Math.ceil(out.length / 6);
  return out.filter((v, i) => i % every === 0 && Math.log10(v) >= lo - 1e-9 && Math.log10(v) <= hi + 1e-9);
}

/** Lowest distance between two labels, px. */
const LINE_HEIGHT = 15;

export function plot(lines: Line[], { width, height, logX = false, logY = false, range, margin = 110, format }: PlotOptions): Plot {
  const box = { left: 46, right: width - margin, top: 8, bottom: height - 22 };
  const shown = (v: number, log: boolean) => Number.isFinite(v) && (!log || v > 0);
  const to = (v: number, log: boolean) => (log ? Math.log10(v) : v);
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of lines)
    for (let i = 0; i < x.length; i++) {
      if (!shown(x[i]!, logX) || !shown(y[i]!, logY)) continue;
      x0 = Math.min(x0, to(x[i]!, logX));
      x1 = Math.max(x1, to(x[i]!, logX));
      y0 = Math.min(y0, to(y[i]!, logY));
      y1 = Math.max(y1, to(y[i]!, logY));
    }
  // A run that breaks on its way up must not flatten the others: what is far above where they began leaves the picture.
  const began = Math.max(...lines.map(({ y }) => (y.length > 1 && shown(y[0]!, logY) ? y[0]! : -Infinity)));
  if (!logY && lines.length > 1 && began > 0) y1 = Math.min(y1, 2 * began);
  if (x0 > x1) [x0, x1, y0, y1] = [0, 1, 0, 1];
  if (x0 === x1) [x0, x1] = [x0 - 0.5, x1 + 0.5];
  if (range && !logY) [y0, y1] = range;
  else {
    const room = (y1 - y0 || Math.abs(y1) || 1) * 0.06;
    [y0, y1] = [!logY && y0 >= 0 && y0 < 0.5 * y1 ? 0 : y0 - room, y1 + room];
  }
  const px = (v: number) => box.left + ((to(v, logX) - x0) / (x1 - x0)) * (box.right - box.left);
  const py = (v: number) => box.bottom - ((Math.min(y1, Math.max(y0, to(v, logY))) - y0) / (y1 - y0)) * (box.bottom - box.top);
  const drawn = lines.map(({ x, y, label, color }) => {
    let d = '', gap = true;
    const dots: { x: number; y: number }[] = [];
    for (let i = 0; i < x.length; i++) {
      if (!shown(x[i]!, logX) || !shown(y[i]!, logY)) {
        gap = true;
        continue;
      }
      const at = { x: px(x[i]!), y: py(y[i]!) };
      d += `${gap ? 'M' : 'L'}${at.x.toFixed(1)} ${at.y.toFixed(1)}`;
      dots.push(at);
      gap = false;
    }
    const end = dots.at(-1) ?? { x: box.left, y: box.bottom };
    return { d, color, label, end, labelY: end.y, dots };
  });
  // Labels stand at their line's end, and push each other apart where they would meet.
  const order = drawn.filter((line) => line.dots.length).sort((a, b) => a.labelY - b.labelY);
  order.forEach((line, i) => (line.labelY = Math.max(line.labelY, i ? order[i - 1]!.labelY + LINE_HEIGHT : box.top + 4)));
  for (let i = order.length - 1, most = box.bottom; i >= 0; i--) {
    order[i]!.labelY = Math.min(order[i]!.labelY, most);
    most = order[i]!.labelY - LINE_HEIGHT;
  }
  const ticks = (lo: number, hi: number, log: boolean, count: number) => (log ? logTicks(lo, hi) : linearTicks(lo, hi, count));
  return {
    width, height, box, lines: drawn,
    xTicks: ticks(x0, x1, logX, Math.max(2, Math.floor((box.right - box.left) / 90))).map((v) => ({ at: px(v), text: format(v) })),
    yTicks: ticks(y0, y1, logY, Math.max(2, Math.floor((box.bottom - box.top) / 44))).map((v) => ({ at: py(v), text: format(v) })),
  };
}

const escape = (text: string) => text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);

export interface FileLook {
  title: string;
  ink: string;
  quiet: string;
  line: string;
  background: string;
  font: string;
}

/** Some charts under each other as one SVG file. */
export function svgFile(charts: { title: string; plot: Plot }[], look: FileLook): string {
  const width = Math.max(...charts.map((c) => c.plot.width)), gap = 28;
  const height = charts.reduce((sum, c) => sum + c.plot.height + gap, 34);
  let top = 34;
  const parts = charts.map(({ title, plot: p }) => {
    const at = top + gap - 8;
    top += p.height + gap;
    return `<g transform="translate(0 ${at})"><text x="${p.box.left}" y="-4" font-weight="600" fill="${look.ink}">${escape(title)}</text>${
      p.yTicks.map((t) => `<path d="M${p.box.left} ${t.at}H${p.box.right}" stroke="${look.line}"/><text x="${p.box.left - 6}" y="${t.at + 4}" text-anchor="end" fill="${look.quiet}">${escape(t.text)}</text>`).join('')}${
      p.xTicks.map((t) => `<text x="${t.at}" y="${p.box.bottom + 16}" text-anchor="middle" fill="${look.quiet}">${escape(t.text)}</text>`).join('')}${
      p.lines.map((l) => `<path d="${l.d}" fill="none" stroke="${l.color}" stroke-width="1.75"/><text x="${l.end.x + 6}" y="${l.labelY + 4}" fill="${l.color}">${escape(l.label)}</text>`).join('')}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escape(look.font)}" font-size="12"><rect width="100%" height="100%" fill="${look.background}"/><text x="16" y="22" font-size="14" font-weight="600" fill="${look.ink}">${escape(look.title)}</text>${parts.join('')}</svg>`;
}

/** The same on a canvas, for a PNG. */
export function paintFile(charts: { title: string; plot: Plot }[], look: FileLook, scale = 2): HTMLCanvasElement {
  const width = Math.max(...charts.map((c) => c.plot.width)), gap = 28;
  const canvas = document.createElement('canvas');
  canvas.width = width * scale;
  canvas.height = charts.reduce((sum, c) => sum + c.plot.height + gap, 34) * scale;
  const pen = canvas.getContext('2d')!;
  pen.scale(scale, scale);
  pen.fillStyle = look.background;
  pen.fillRect(0, 0, width, canvas.height);
  const write = (text: string, x: number, y: number, fill: string, font = '12px', align: CanvasTextAlign = 'start') => {
    pen.font = `${font} ${look.font}`;
    pen.textAlign = align;
    pen.fillStyle = fill;
    pen.fillText(text, x, y);
  };
  write(look.title, 16, 22, look.ink, '600 14px');
  let top = 34;
  for (const { title, plot: p } of charts) {
    pen.save();
    pen.translate(0, top + gap - 8);
    top += p.height + gap;
    write(title, p.box.left, -4, look.ink, '600 12px');
    pen.strokeStyle = look.line;
    for (const t of p.yTicks) {
      pen.stroke(new Path2D(`M${p.box.left} ${t.at}H${p.box.right}`));
      write(t.text, p.box.left - 6, t.at + 4, look.quiet, '12px', 'end');
    }
    for (const t of p.xTicks) write(t.text, t.at, p.box.bottom + 16, look.quiet, '12px', 'center');
    pen.lineWidth = 1.75;
    for (const l of p.lines) {
      pen.strokeStyle = l.color;
      pen.stroke(new Path2D(l.d));
      write(l.label, l.end.x + 6, l.labelY + 4, l.color);
    }
    pen.restore();
  }
  return canvas;
}
