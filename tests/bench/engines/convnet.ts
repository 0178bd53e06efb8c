// ConvNetJS: plain JavaScript in double precision, one example at a time. The version on npm has no Adam, so that is done here.
import convnetjs, { type Layer, type Vol } from 'convnetjs';
import type { Weight, Work } from '../workloads';
import type { Engine, Instance } from './engine';

const { FullyConnLayer, InputLayer, Net, RegressionLayer, TanhLayer, Trainer } = convnetjs;

function volume(width: number, height: number, depth: number, data: ArrayLike<number>): Vol {
  const vol = new convnetjs.Vol(width, height, depth, 0);
  vol.w.set(data);
  return vol;
}

/** Planes [depth, height, width] in the order of a Vol: the depth runs fastest. */
function depthLast(data: Float32Array, depth: number): Float32Array {
  const plane = data.length / depth;
  return data.map((_, i) => data[(i % depth) * plane + Math.floor(i / depth)]!);
}

/** Each output's row of the weight becomes a filter; `depth` > 1: the row is made of planes. */
function set(layer: Layer, weight: Weight, bias: Weight, depth = 1): void {
  const inputs = weight.data.length / layer.filters!.length;
  layer.filters!.forEach((filter, o) => filter.w.set(depthLast(weight.data.subarray(o * inputs, (o + 1) * inputs), depth)));
  layer.biases!.w.set(bias.data);
}

function spiral({ weights, batches }: Work): Instance {
  const net = new Net();
  const at = (in_depth: number) => ({ in_sx: 1, in_sy: 1, in_depth });
  const linear = (inputs: number, num_neurons: number) => new FullyConnLayer({ ...at(inputs), num_neurons });
  const [a, b, c] = [linear(2, 8), linear(8, 8), linear(8, 1)];
  // Not makeLayers: it would put one more linear layer between the last tanh and the loss.
  net.layers = [new InputLayer({ out_sx: 1, out_sy: 1, out_depth: 2 }), a, new TanhLayer(at(8)), b, new TanhLayer(at(8)), c, new TanhLayer(at(1)), new RegressionLayer(at(1))];
  [a, b, c].forEach((layer, i) => set(layer, weights[`${2 * i}.weight`]!, weights[`${2 * i}.bias`]!));
  const trainer = new Trainer(net, { method: 'sgd', learning_rate: 0.03, momentum: 0, batch_size: 10 });
  const examples = batches.map(({ x, y }) => Array.from(y!, (target, k) => ({ x: volume(1, 1, 2, x.subarray(2 * k, 2 * k + 2)), y: [target] })));
  let loss = NaN;
  return {
    step(i) {
      let sum = 0;
      for (const { x, y } of examples[i]!) sum += trainer.train(x, y).loss;
      loss = sum / 40; // its loss is 2·d², its gradient that of d²/2
    },
    loss: () => loss,
  };
}

function classes({ id, weights, batches }: Work): Instance {
  const net = new Net();
  const flat = id === 'W2';
  net.makeLayers(
    flat
      ? [{ type: 'input', out_sx: 1, out_sy: 1, out_depth: 784 }, { type: 'fc', num_neurons: 128, activation: 'relu' }, { type: 'softmax', num_classes: 10 }]
      : [
          { type: 'input', out_sx: 28, out_sy: 28, out_depth: 1 },
          { type: 'conv', sx: 5, filters: 8, stride: 1, pad: 2, activation: 'relu' }, { type: 'pool', sx: 2, stride: 2 },
          { type: 'conv', sx: 5, filters: 16, stride: 1, pad: 2, activation: 'relu' }, { type: 'pool', sx: 3, stride: 3 },
          { type: 'softmax', num_classes: 10 },
        ],
  );
  const names = flat ? ['0', '2'] : ['0', '3', '7'], depths = flat ? [1, 1] : [1, 8, 16];
  net.layers.filter((layer) => layer.filters).forEach((layer, i) => set(layer, weights[`${names[i]}.weight`]!, weights[`${names[i]}.bias`]!, depths[i]));
  const shape: [number, number, number] = flat ? [1, 1, 784] : [28, 28, 1];
  const examples = batches.map(({ x, y }) => Array.from(y!, (label, k) => ({ x: volume(...shape, x.subarray(784 * k, 784 * (k + 1))), label })));
  const tensors = net.getParamsAndGrads().map(({ params, grads }) => ({ params, grads, m: new Float64Array(params.length), v: new Float64Array(params.length) }));
  let loss = NaN, t = 0;
  function adam(n: number): void {
    t++;
    const rate = 1e-3 / (1 - 0.9 ** t), scale = 1 / Math.sqrt(1 - 0.999 ** t);
    for (const { params, grads, m, v } of tensors) {
      for (let i = 0; i < params.length; i++) {
        const g = grads[i]! / n;
        m[i] = 0.9 * m[i]! + 0.1 * g;
        v[i] = 0.999 * v[i]! + 0.001 * g * g;
        params[i]! -= (rate * m[i]!) / (Math.sqrt(v[i]!) * scale + 1e-8);
        grads[i] = 0;
      }
    }
  }
  return {
    note: 'Adam by hand',
    step(i) {
      let sum = 0;
      for (const { x, label } of examples[i]!) {
        net.forward(x, true);
        sum += net.backward(label);
      }
      adam(examples[i]!.length);
      loss = sum / examples[i]!.length;
    },
    loss: () => loss,
  };
}

const reason = 'it has no such layers';

export async function load(): Promise<Engine> {
  return {
    version: '0.3.0',
    cannot: { W4: reason, W5: reason, W6: reason, W7: 'it multiplies no matrices' },
    create: (work) => (work.id === 'W1' ? spiral(work) : classes(work)),
  };
}
