import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Postgres } from '../postgres.js';
import { aCreation, openPostgres } from '../spec-support/appending.js';
import { startScratchServer, type ScratchServer } from '../spec-support/scratch-server.js';
let server: ScratchServer; let postgres: Postgres; let neighbour: Postgres;
beforeAll(async () => { server = await startScratchServer(); const { serviceUrl } = await server.migrated(); postgres = openPostgres(serviceUrl, 4); neighbour = openPostgres(serviceUrl, 4); }, 120_000);
afterAll(async () => { await postgres.close(); await neighbour.close(); await server.stop(); });
it('an append of somebody whose lock was lost', async () => { expect([randomUUID, aCreation]).toBeDefined(); });
