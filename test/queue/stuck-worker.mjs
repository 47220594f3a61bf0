/**
 * A worker in a process of its own whose handler never ends, for tests that kill it. Argument: JSON of the queue's configuration,
 * lane and job name. Says "begun" when the handler has the job.
 */
import { createTransport } from '@muniment/queue';
import { z } from 'zod';

const { config, lane, name } = JSON.parse(process.argv[2] ?? '{}');
const job = { name, lane, description: '', payload: z.unknown(), jobId: () => name, attempts: 1, backoffMs: 1 };
const transport = createTransport(config, [lane], { jobs: [job] });
transport.addHandler(
  name,
  () => {
    process.stdout.write('begun\n');
    return new Promise(() => undefined);
  },
  true,
);
await transport.listen((error) => {
  if (error) throw error;
});
