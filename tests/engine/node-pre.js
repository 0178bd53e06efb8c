// The loader of Emscripten 3.1 tries fetch() on a file path in Node 18 and later, and fails; so it gets the bytes.
Module.wasmBinary = require('fs').readFileSync(require('path').join(__dirname, 'playgrad_tests.wasm'));
// Google Test reads from the environment which part of the tests to run; Emscripten's own is empty.
Module.preRun = [() => {
  for (const [name, value] of Object.entries(process.env)) if (name.startsWith('GTEST_')) ENV[name] = value;
}];
