import { runEmbedded } from './run-embedded.js';

await runEmbedded({ env: process.env });
