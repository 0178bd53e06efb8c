// Playgrad for the yardstick that measures it beside other libraries. The data, the weights and `define` come from there; the engine
// is the built package, fetched from the yardstick's server as a page would.
//   node run.mjs --engine ours=…/tests/bench/yardstick.js --engine-dir …/dist
import { hwioToOihw, rowsHwcToChw } from '../../../shared/peers/common/work.js';
import { define } from '../../../shared/peers/common/page.js';
import { matmul, specs } from './specs.ts';

/** [in, out] -> [out, in], as PyTorch and Playgrad keep weights. */
function turned(data, [rows, cols]) {
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) out[j * rows + i] = data[i * cols + j];
  return out;
}

// Of each workload, which parameter takes which of the weights (`t`: turned).
const transformer = () => {
  const t = { 'out.weight': 'wout' }, as = { '0.weight': 'emb', '1.weight': 'pos', 'blocks.norm.weight': 'gf', 'blocks.norm.bias': 'hf', 'out.bias': 'bout' };
  for (let l = 0; l < specs.W4.layers[2].num_layers; l++) {
    const at = `blocks.layers.${l}.`;
    for (const [to, from] of [['self_attn.in_proj_weight', 'wqkv'], ['self_attn.out_proj.weight', 'wo'], ['linear1.weight', 'w1'], ['linear2.weight', 'w2']]) t[at + to] = `${from}_${l}`;
    for (const [to, from] of [['self_attn.in_proj_bias', 'bqkv'], ['self_attn.out_proj.bias', 'bo'], ['linear1.bias', 'b1'], ['linear2.bias', 'b2'],
      ['norm1.weight', 'g1'], ['norm1.bias', 'h1'], ['norm2.weight', 'g2'], ['norm2.bias', 'h2']]) as[at + to] = `${from}_${l}`;
  }
  return { t, as };
};
const parameters = {
  W1: { t: { '0.weight': 'w1', '2.weight': 'w2', '4.weight': 'w3' }, as: { '0.bias': 'b1', '2.bias': 'b2', '4.bias': 'b3' } },
  W2: { t: { '0.weight': 'w1', '2.weight': 'w2' }, as: { '0.bias': 'b1', '2.bias': 'b2' } },
  W3: {
    t: {}, as: { '0.bias': 'c1', '3.bias': 'c2', '7.bias': 'b' },
    by: {
      '0.weight': (p) => hwioToOihw(p.k1.data, p.k1.shape), '3.weight': (p) => hwioToOihw(p.k2.data, p.k2.shape),
      '7.weight': (p) => turned(rowsHwcToChw(p.w.data, 4, 4, 16, 10), p.w.shape),
    },
  },
  W4: transformer(),
  W5: { t: { '0.in_proj_weight': 'wqkv', '0.out_proj.weight': 'wo' }, as: { '0.in_proj_bias': 'bqkv', '0.out_proj.bias': 'bo' } },
  W6: {
    t: { '0.weight_ih_l0': 'wx', '0.weight_hh_l0': 'wh', '1.weight': 'w' }, as: { '0.bias_ih_l0': 'b', '1.bias': 'c' },
    by: { '0.bias_hh_l0': (p) => new Float32Array(p.b.data.length) },
  },
};

let engine;
define({
  async init() {
    const playgrad = await import(new URL('/engine/playgrad/index.js', location.href).href);
    engine = await playgrad.loadEngine();
    return { version: '0.1' };
  },
  create(W) {
    if (W.kind === 'matmul') { // x·Wᵀ, with W = bᵀ
      const model = engine.createModel(matmul(W.n));
      model.setParameter('0.weight', turned(W.b, [W.n, W.n]));
      const a = model.batch({ x: W.a }), out = new Float32Array(W.n * W.n);
      return { step() { model.predict(a, { out }); }, loss: () => out.slice(0, 16).reduce((s, v) => s + v, 0) };
    }
    const { t, as, by = {} } = parameters[W.id], p = Object.fromEntries(W.params.map((q) => [q.name, q]));
    const model = engine.createModel(specs[W.id]);
    for (const [to, from] of Object.entries(t)) model.setParameter(to, turned(p[from].data, p[from].shape));
    for (const [to, from] of Object.entries(as)) model.setParameter(to, p[from].data);
    for (const [to, make] of Object.entries(by)) model.setParameter(to, make(p));
    if (W.kind === 'forward') {
      const x = model.batch({ x: W.x });
      const out = model.predict(x).data;
      return { step() { model.predict(x, { out }); }, loss: () => out.reduce((s, v) => s + v * v, 0) / out.length };
    }
    const per = (a) => a.length / W.nBatches, of = (a, i) => a.slice(i * per(a), (i + 1) * per(a));
    const batches = Array.from({ length: W.nBatches }, (_, i) => model.batch({ x: of(W.x, i), y: of(W.y, i) }));
    let last;
    return { step(i) { last = model.trainStep(batches[i]); }, loss: () => last.loss };
  },
});
