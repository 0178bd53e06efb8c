// npm start [-- --port 8000]: everything from a fresh machine to a page in the browser.
import { build } from './build.mjs';
import { at, main, say } from './lib.mjs';
import { serve } from './serve.mjs';
import { setup } from './setup.mjs';

const option = process.argv.indexOf('--port');
const wanted = option > 0 ? Number(process.argv[option + 1]) : null;

await main(async () => {
  await setup();
  await build();
  let server;
  // Without a wish the first free port from 5173 on; a port asked for is taken or refused.
  for (let port = wanted ?? 5173; !server; ++port) {
    try {
      server = await serve(at('dist'), { port });
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || wanted !== null || port > 5272) throw error;
    }
  }
  say(`\nPlaygrad: ${server.url}\nStop with Ctrl+C.`);
});
