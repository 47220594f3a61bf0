import { addClasses } from './retention/classes.command.js';
import { addGc } from './retention/gc.command.js';
import { addHistory } from './retention/history.command.js';
import { addPreview } from './retention/preview.command.js';
import { addRestore } from './retention/restore.command.js';
import { addSweep } from './retention/sweep.command.js';
import { addWhy } from './retention/why.command.js';
import type { AddCommand } from './command-context.js';

/** Sub-commands of `retention`, in the order of its help. */
const parts = [addWhy, addHistory, addPreview, addSweep, addGc, addRestore, addClasses];

export const addRetention: AddCommand = (program, surroundings, exit) => {
  const retention = program
    .command('retention')
    .summary('how long things are kept, and why')
    .description('How long packages are kept, and why; what is due; what happened.');
  for (const add of parts) add(retention, surroundings, exit);
};
