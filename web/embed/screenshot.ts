// A picture of a lab as it is now. What is on the screen is gone through once (boxes, texts, canvases, drawings) and painted
// again: into a canvas, or as an SVG whose text stays text. A browser cannot be asked for a picture of an element.
import { token } from '../elements/color';
import { scopeOf } from '../elements/scope';

type Mark =
  | { kind: 'box'; x: number; y: number; w: number; h: number; radius: number; fill: string; stroke: string; line: number }
  | { kind: 'text'; x: number; y: number; text: string; fill: string; font: string; size: number; family: string; weight: string }
  | { kind: 'canvas'; x: number; y: number; w: number; h: number; canvas: HTMLCanvasElement }
  | { kind: 'path'; path: string; matrix: DOMMatrix; fill: string; stroke: string; line: number };

const clear = (color: string) => color === 'transparent' || /^rgba\(.*, 0\)$|\/ 0\)$/.test(color);
const escape = (text: string) => text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);
const round = (v: number) => Math.round(v * 100) / 100;

/** The outline of a simple drawn thing as a path. */
function pathOf(shape: SVGGeometryElement): string {
  const number = (name: string) => Number(shape.getAttribute(name) ?? 0);
  switch (shape.tagName) {
    case 'path':
      return shape.getAttribute('d') ?? '';
    case 'line':
      return `M${number('x1')} ${number('y1')}L${number('x2')} ${number('y2')}`;
    case 'rect':
      return `M${number('x')} ${number('y')}h${number('width')}v${number('height')}h${-number('width')}z`;
    case 'circle': {
      const [x, y, r] = [number('cx'), number('cy'), number('r')];
      return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
    }
    case 'polyline':
    case 'polygon':
      return `M${shape.getAttribute('points') ?? ''}${shape.tagName === 'polygon' ? 'z' : ''}`;
    default:
      return '';
  }
}

function collect(root: Element): { width: number; height: number; marks: Mark[] } {
  const frame = root.getBoundingClientRect();
  const marks: Mark[] = [];
  const text = (node: Text) => {
    const parent = node.parentElement;
    if (!parent || !node.data.trim()) return;
    const style = getComputedStyle(parent);
    const size = parseFloat(style.fontSize);
    const range = document.createRange();
    // A line of text at a time: where it wraps the browser knows.
    let line = '', top = NaN, left = 0, bottom = 0;
    const flush = () => {
      if (line.trim()) marks.push({ kind: 'text', x: left - frame.x, y: bottom - frame.y, text: line.trimEnd(), fill: style.color, font: `${style.fontStyle} ${style.fontWeight} ${size}px ${style.fontFamily}`, size, family: style.fontFamily, weight: style.fontWeight });
      line = '';
    };
    for (let i = 0; i < node.length; i++) {
      range.setStart(node, i);
      range.setEnd(node, i + 1);
      const [box] = range.getClientRects();
      if (!box) continue;
      if (!(Math.abs(box.top - top) < 2)) {
        flush();
        ({ top, left } = box);
        // The baseline lies about a fifth of the letter's height above its lower edge.
        bottom = box.bottom - (box.height - size) / 2 - size * 0.21;
      }
      line += node.data[i] === '\n' ? ' ' : node.data[i];
    }
    flush();
  };
  const drawing = (shape: SVGGeometryElement) => {
    const style = getComputedStyle(shape);
    const matrix = shape.getScreenCTM();
    const path = pathOf(shape);
    if (!matrix || !path) return;
    const own = new DOMMatrix([matrix.a, matrix.b, matrix.c, matrix.d, matrix.e - frame.x, matrix.f - frame.y]);
    marks.push({ kind: 'path', path, matrix: own, fill: style.fill, stroke: style.stroke, line: parseFloat(style.strokeWidth) || 1 });
  };
  const walk = (element: Element) => {
    const style = getComputedStyle(element);
    if (style.display === 'none' || style.visibility === 'hidden' || style.opacity === '0') return;
    if (style.clipPath.startsWith('inset(50%')) return; // for screen readers
    const box = element.getBoundingClientRect();
    if (element instanceof HTMLElement && box.width > 0 && box.height > 0) {
      const line = parseFloat(style.borderTopWidth);
      const stroke = line > 0 && style.borderTopStyle !== 'none' && style.borderBottomStyle !== 'none' && parseFloat(style.borderBottomWidth) > 0 ? style.borderTopColor : 'transparent';
      if (!clear(style.backgroundColor) || !clear(stroke)) {
        marks.push({ kind: 'box', x: box.x - frame.x, y: box.y - frame.y, w: box.width, h: box.height, radius: Math.min(parseFloat(style.borderTopLeftRadius) || 0, box.height / 2), fill: style.backgroundColor, stroke, line });
      }
    }
    if (element instanceof HTMLCanvasElement) {
      if (element.width && element.height) marks.push({ kind: 'canvas', x: box.x - frame.x, y: box.y - frame.y, w: box.width, h: box.height, canvas: element });
      return;
    }
    if (element instanceof HTMLInputElement && element.type === 'text') {
      const size = parseFloat(style.fontSize);
      marks.push({ kind: 'text', x: box.x - frame.x + 7, y: box.y - frame.y + box.height / 2 + size * 0.35, text: element.value, fill: style.color, font: `${style.fontWeight} ${size}px ${style.fontFamily}`, size, family: style.fontFamily, weight: style.fontWeight });
      return;
    }
    if (element instanceof HTMLSelectElement) {
      const size = parseFloat(style.fontSize);
      marks.push({ kind: 'text', x: box.x - frame.x + parseFloat(style.paddingLeft) + 1, y: box.y - frame.y + box.height / 2 + size * 0.35, text: element.selectedOptions[0]?.label ?? '', fill: style.color, font: `${style.fontWeight} ${size}px ${style.fontFamily}`, size, family: style.fontFamily, weight: style.fontWeight });
      return;
    }
    if (element instanceof HTMLInputElement && element.type === 'range') {
      const share = (element.valueAsNumber - +element.min) / (+element.max - +element.min || 1), side = 14;
      marks.push({ kind: 'box', x: box.x - frame.x + share * (box.width - side), y: box.y - frame.y + (box.height - side) / 2, w: side, h: side, radius: side / 2, fill: scopeOf(element).run(() => token('--pg-accent')), stroke: 'transparent', line: 0 });
      return;
    }
    if (element instanceof SVGGeometryElement) return drawing(element);
    const nodes = element instanceof HTMLSlotElement && element.assignedNodes().length ? element.assignedNodes() : (element.shadowRoot ?? element).childNodes;
    for (const node of nodes) {
      if (node instanceof Text) text(node);
      else if (node instanceof Element) walk(node);
    }
  };
  walk(root);
  return { width: Math.ceil(frame.width), height: Math.ceil(frame.height), marks };
}

function asSvg(width: number, height: number, marks: Mark[], background: string): string {
  const body = marks.map((mark) => {
    switch (mark.kind) {
      case 'box':
        return `<rect x="${round(mark.x)}" y="${round(mark.y)}" width="${round(mark.w)}" height="${round(mark.h)}" rx="${round(mark.radius)}" fill="${clear(mark.fill) ? 'none' : mark.fill}"${clear(mark.stroke) ? '' : ` stroke="${mark.stroke}" stroke-width="${mark.line}"`}/>`;
      case 'text':
        return `<text x="${round(mark.x)}" y="${round(mark.y)}" fill="${mark.fill}" font-size="${mark.size}" font-weight="${mark.weight}" font-family="${escape(mark.family)}" xml:space="preserve">${escape(mark.text)}</text>`;
      case 'canvas':
        return `<image x="${round(mark.x)}" y="${round(mark.y)}" width="${round(mark.w)}" height="${round(mark.h)}" preserveAspectRatio="none" href="${mark.canvas.toDataURL()}"/>`;
      case 'path': {
        const { a, b, c, d, e, f } = mark.matrix;
        return `<path d="${escape(mark.path)}" transform="matrix(${[a, b, c, d, e, f].map(round).join(' ')})" fill="${mark.fill}" stroke="${mark.stroke}" stroke-width="${mark.line}"/>`;
      }
    }
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><rect width="100%" height="100%" fill="${background}"/>${body.join('')}</svg>`;
}

async function asPng(width: number, height: number, marks: Mark[], background: string): Promise<Blob> {
  const dense = Math.min(2, Math.max(1, devicePixelRatio));
  const canvas = document.createElement('canvas');
  canvas.width = width * dense;
  canvas.height = height * dense;
  const pen = canvas.getContext('2d')!;
  pen.scale(dense, dense);
  pen.fillStyle = background;
  pen.fillRect(0, 0, width, height);
  for (const mark of marks) {
    switch (mark.kind) {
      case 'box':
        pen.beginPath();
        pen.roundRect(mark.x, mark.y, mark.w, mark.h, mark.radius);
        pen.fillStyle = mark.fill;
        pen.fill();
        if (clear(mark.stroke)) break;
        pen.strokeStyle = mark.stroke;
        pen.lineWidth = mark.line;
        pen.stroke();
        break;
      case 'text':
        pen.font = mark.font;
        pen.fillStyle = mark.fill;
        pen.fillText(mark.text, mark.x, mark.y);
        break;
      case 'canvas':
        pen.drawImage(mark.canvas, mark.x, mark.y, mark.w, mark.h);
        break;
      case 'path': {
        pen.save();
        const { a, b, c, d, e, f } = mark.matrix;
        pen.transform(a, b, c, d, e, f);
        const path = new Path2D(mark.path);
        if (mark.fill !== 'none') {
          pen.fillStyle = mark.fill;
          pen.fill(path);
        }
        if (mark.stroke !== 'none') {
          pen.strokeStyle = mark.stroke;
          pen.lineWidth = mark.line;
          pen.stroke(path);
        }
        pen.restore();
      }
    }
  }
  return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('no picture'))), 'image/png'));
}

export async function screenshot(element: Element, type: 'png' | 'svg'): Promise<Blob> {
  const { width, height, marks } = collect(element);
  const background = scopeOf(element).run(() => token('--pg-bg'));
  return type === 'svg' ? new Blob([asSvg(width, height, marks, background)], { type: 'image/svg+xml' }) : asPng(width, height, marks, background);
}
