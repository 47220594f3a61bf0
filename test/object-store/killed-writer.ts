import { createObjectStore, type ObjectStoreConfig } from '@muniment/object-store';
import { patterned } from './pattern.js';

/**
 * A writer to be killed: `node killed-writer.js <config json> <stage|append> <key> <handle>`. Feeds the store without end in the pattern every test knows and
 * prints how many bytes it has handed over.
 */
const [config, action, key = '', handle = ''] = process.argv.slice(2);
const store = createObjectStore(JSON.parse(config ?? '') as ObjectStoreConfig);

async function* endless(): AsyncGenerator<Uint8Array> {
  for (let offset = 0; ; offset += 65_536) {
    yield patterned(offset, 65_536);
    process.stdout.write(`${offset + 65_536}\n`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

if (action === 'stage') await store.stage(key, endless());
else await store.appendStaged(key, handle === '' ? null : handle, 0, endless());
