// Firefox, where it is installed: a page is opened in a fresh profile and asked something, over WebDriver BiDi, which Firefox speaks
// itself. (Playwright's own way to it asks for more than the ESR of Debian knows.)
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { which } from '../../.tools/lib.mjs';

/** Node has a WebSocket of its own only from 22 on; Playwright brings one along. */
interface Socket {
  send(text: string): void;
  close(): void;
  on(event: 'open' | 'message' | 'error', listener: (data: Buffer) => void): void;
}
const { ws: WebSocket } = createRequire(import.meta.url)('playwright-core/lib/utilsBundle') as { ws: new (url: string) => Socket };

/** Where Firefox is; the environment may name another one. */
export const firefoxPath = (): string | null => process.env['PLAYGRAD_FIREFOX'] ?? which('firefox-esr') ?? which('firefox');

const STARTS_WITHIN_MS = 60_000;

/** What `ask` answers in the page at `address`. It gets `argument`, and knows nothing of what is around it here. */
export async function inFirefox<A, R>(address: string, ask: (argument: A) => Promise<R>, argument: A): Promise<R> {
  const profile = mkdtempSync(join(tmpdir(), 'firefox-'));
  const browser = spawn(firefoxPath()!, ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0', 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const gone = new Promise<never>((_, fail) => {
    browser.on('error', fail);
    browser.on('exit', (code) => fail(new Error(`Firefox ended with ${code}`)));
  });
  gone.catch(() => {});
  try {
    const endpoint = await Promise.race([gone, new Promise<string>((found, fail) => {
      let said = '';
      browser.stderr.on('data', (data: Buffer) => {
        said += data.toString();
        const [, url] = /listening on (ws:\/\/\S+)/.exec(said) ?? [];
        if (url) found(url);
      });
      setTimeout(() => fail(new Error(`Firefox does not listen:\n${said}`)), STARTS_WITHIN_MS).unref();
    })]);
    const socket = new WebSocket(`${endpoint}/session`);
    await Promise.race([gone, new Promise<void>((open, fail) => {
      socket.on('open', () => open());
      socket.on('error', () => fail(new Error('no way to Firefox')));
    })]);
    const waiting = new Map<number, (answer: { result?: any; message?: string }) => void>();
    socket.on('message', (data) => {
      const answer = JSON.parse(data.toString()) as { id?: number; result?: any; message?: string };
      waiting.get(answer.id ?? 0)?.(answer);
    });
    let id = 0;
    const say = async (method: string, params: object): Promise<any> => {
      const answer = new Promise<{ result?: any; message?: string }>((settle) => waiting.set(++id, settle));
      socket.send(JSON.stringify({ id, method, params }));
      const { result, message } = await Promise.race([gone, answer]);
      if (!result) throw new Error(`${method}: ${message}`);
      return result;
    };
    await say('session.new', { capabilities: {} });
    const { contexts: [{ context }] } = await say('browsingContext.getTree', {});
    await say('browsingContext.navigate', { context, url: address, wait: 'complete' });
    const { result, exceptionDetails } = await say('script.evaluate', {
      expression: `(${ask.toString()})(${JSON.stringify(argument)}).then((answer) => JSON.stringify(answer))`,
      target: { context },
      awaitPromise: true,
    });
    if (exceptionDetails) throw new Error(`in Firefox: ${exceptionDetails.text}`);
    socket.close();
    return JSON.parse(result.value) as R;
  } finally {
    const ended = new Promise((end) => browser.on('exit', end));
    if (browser.exitCode === null && browser.kill()) await ended;
    rmSync(profile, { recursive: true, force: true });
  }
}
