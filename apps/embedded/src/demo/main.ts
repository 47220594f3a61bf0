import { parseArgs } from 'node:util';
import { demo } from './demo.js';
import { receiptText } from './receipt-text.js';

const usage = 'usage: npm run demo [-- --json] [-- --wheelhouse FILE]';
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());

try {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, wheelhouse: { type: 'string' } } });
  const result = await demo({
    // With --json standard output holds the object and nothing else.
    say: (line) => process.stderr.write(`demo: ${line}\n`),
    signal: interrupt.signal,
    ...(values.wheelhouse === undefined ? {} : { wheelhouse: values.wheelhouse }),
  });
  process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : receiptText(result));
} catch (error) {
  const detail = error instanceof Error ? error.message : String(error);
  const misused = typeof error === 'object' && error !== null && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`demo failed: ${detail}\n${misused ? `${usage}\n` : ''}`);
  process.exitCode = misused ? 2 : 1;
}
