// The built supervisor over dummy services, as its own process.
import { runEmbedded } from '../dist/run-embedded.js';

const dummy = new URL('./dummy-service.fixture.mjs', import.meta.url);
await runEmbedded({ env: process.env, services: { gateway: dummy, hasher: dummy } });
