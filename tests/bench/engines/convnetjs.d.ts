/** As much of ConvNetJS as the benchmark uses; it comes without types. */
declare module 'convnetjs' {
  export interface Vol {
    w: Float64Array;
  }
  export interface Layer {
    filters?: Vol[];
    biases?: Vol;
  }
  interface NetInstance {
    layers: Layer[];
    makeLayers(definitions: object[]): void;
    forward(x: Vol, training: boolean): Vol;
    backward(y: number | number[]): number;
    getParamsAndGrads(): { params: Float64Array; grads: Float64Array }[];
  }
  type LayerClass = new (options: object) => Layer;
  const convnetjs: {
    Vol: new (width: number, height: number, depth: number, value: number) => Vol;
    Net: new () => NetInstance;
    Trainer: new (net: NetInstance, options: object) => { train(x: Vol, y: number[]): { loss: number } };
    InputLayer: LayerClass;
    FullyConnLayer: LayerClass;
    TanhLayer: LayerClass;
    RegressionLayer: LayerClass;
  };
  export default convnetjs;
}
