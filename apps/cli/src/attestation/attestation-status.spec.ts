import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AttestationAnswer, MissingStatementAnswer } from '@muniment/contracts';
import { FakeGateway } from '../spec-support/fake-gateway.js';
import { Scratch, type Ran } from '../spec-support/scratch.js';

let gateway: FakeGateway;
let scratch: Scratch;
let id: string;

beforeEach(async () => {
  gateway = await new FakeGateway().start();
  scratch = await Scratch.make();
  await writeFile(scratch.path('notes.txt'), 'notes');
  const pushed = await run('push', 'notes.txt', '--no-meta', '--repository', 'acme/widgets', '--json');
  id = (pushed.json() as { package_id: string }).package_id;
  gateway.log.length = 0;
});
afterEach(async () => {
  await gateway.close();
  await scratch.remove();
});

const run = (...args: readonly string[]): Promise<Ran> => scratch.run(args, { MUNIMENT_URL: gateway.url, MUNIMENT_TOKEN: 'good' });
const looks = (): number => gateway.log.filter((line) => line === `GET /packages/${id}`).length;

const signed: AttestationAnswer = { state: 'signed', required: true, satisfied: true, missing: [] };
function lacking(reason: MissingStatementAnswer['reason'], change: Partial<AttestationAnswer> = {}): AttestationAnswer {
  const failure = reason === 'failed' ? { failure: 'no_signer' as const } : {};
  const state = reason === 'failed' ? 'failed' : reason === 'due' ? 'pending' : 'none';
  return {
    state,
    required: true,
    satisfied: false,
    missing: [{ statement: 'archive-receipt', reason, ...failure }],
    ...failure,
    ...change,
  };
}

describe('muniment attest status', () => {
  it('ends with 0 for a package that is attested as it must be', async () => {
    gateway.standings = [signed];
    const told = await run('attest', 'status', id);
    expect([told.code, told.out]).toEqual([0, 'attestation: signed, required before anything is published\n']);
    expect((await run('attest', 'status', id, '--json')).json()).toEqual({ package_id: id, repository: 'acme/widgets', ...signed });
  });

  it('ends with 12 for one that is not, and says what is missing and why', async () => {
    gateway.standings = [lacking('failed')];
    const told = await run('attest', 'status', id);
    expect([told.code, told.out.split('\n')]).toEqual([
      12,
      [
        'attestation: failed (no_signer), required before anything is published',
        '  missing: archive-receipt, could not be signed (no_signer) and is tried again',
        '',
      ],
    ]);
    const json = await run('attest', 'status', id, '--json');
    expect([json.code, json.json()]).toMatchObject([12, { satisfied: false, missing: [{ reason: 'failed', failure: 'no_signer' }] }]);
  });

  it('goes by the policy, unless nothing at all may be missing', async () => {
    gateway.standings = [lacking('due', { required: false, satisfied: true })];
    const told = await run('attest', 'status', id);
    expect([told.code, told.out]).toEqual([
      0,
      'attestation: pending, not required before anything is published\n  missing: archive-receipt, not signed yet\n',
    ]);
    expect((await run('attest', 'status', id, '--strict')).code).toBe(12);
    gateway.standings = [{ ...signed, required: false }];
    expect((await run('attest', 'status', id, '--strict')).code).toBe(0);
  });

  it('waits while the signer may still sign', async () => {
    gateway.standings = [lacking('not_finalized'), lacking('due'), lacking('failed'), signed];
    expect((await run('attest', 'status', id, '--wait', '60')).code).toBe(0);
    expect(looks()).toBe(4);
  });

  it('ends with 4 when the wait was too short, and tells how it stands', async () => {
    gateway.standings = [lacking('due')];
    const told = await run('attest', 'status', id, '--wait', '0.3', '--json');
    expect([told.code, told.json()]).toMatchObject([4, { state: 'pending', satisfied: false }]);
    expect(looks()).toBeGreaterThan(1);
  });

  it.each(['key_compromised', 'absent'] as const)('does not wait for what no signer will mend: %s', async (reason) => {
    gateway.standings = [lacking(reason)];
    expect((await run('attest', 'status', id, '--wait', '60')).code).toBe(12);
    expect(looks()).toBe(1);
  });

  it('does not guess for a server that tells nothing', async () => {
    gateway.standings = [{ state: 'signed', required: false }];
    const told = await run('attest', 'status', id);
    expect([told.code, told.err]).toEqual([14, expect.stringContaining('older version')]);
    expect((await run('attest', 'status', 'none')).code).toBe(22);
  });
});

describe('muniment attest list', () => {
  it('tells beside what is signed how it stands; with --json the list alone', async () => {
    gateway.standings = [lacking('key_compromised')];
    const told = await run('attest', 'list', id);
    expect([told.code, told.out]).toEqual([
      0,
      expect.stringMatching(
        /^nothing is signed about this package\nattestation: none, required .*\n {2}missing: archive-receipt, signed by a key/,
      ),
    ]);
    expect((await run('attest', 'list', id, '--json')).json()).toEqual([]);
    gateway.standings = [];
    expect((await run('attest', 'list', id)).out).toBe('nothing is signed about this package\n');
  });
});
