import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { PackageAnswer } from '@muniment/contracts';
import { parseCheckpoint, parseTlogProof } from '@muniment/formats';
import { CheckList, checkWitnesses, witnessesOf } from '@muniment/verification';
import { runCommandLine, type CommandRun } from '../stack/command.js';
import { goBuildMs } from '../stack/go-program.js';
import { buildLogChecker, logCheck, logCheckerBuildMs, logCheckerUnavailable } from '../stack/log-checker.js';
import { logWitnessUnavailable, startLogWitness, type RunningLogWitness } from '../stack/log-witness.js';
import type { ServiceUnderTest } from '../stack/archive.js';
import { changed, otherKey, without } from './forged-cosignatures.js';
import { SignedLog } from './signed-log.js';

const missing = logWitnessUnavailable() ?? logCheckerUnavailable();
if (missing !== null) console.log(`skipped: ${missing}`);
/** Runs only where a witness of others can be had, and Go's checker of what it signs. */
const describeWithWitness = missing === null ? describe : describe.skip;

// Most tests here start several processes one after the other.
jest.setTimeout(120_000);

describeWithWitness('log witnesses', () => {
  const [nameOfFirst, nameOfSecond] = ['witness.example/w1', 'witness.example/w2'];
  let log: SignedLog;
  let first: RunningLogWitness;
  let second: RunningLogWitness;
  let asking: ServiceUnderTest;
  let pkg: PackageAnswer;

  beforeAll(
    async () => {
      await buildLogChecker();
      log = await SignedLog.start(['gateway', 'hasher', 'signer']);
      first = await startLogWitness(log.key, nameOfFirst);
      second = await startLogWitness(log.key, nameOfSecond);
      asking = await askingSigner();
      pkg = await log.api.archive({ 'a.bin': Buffer.from('bytes of a') });
      await log.covered('?cosignatures=2');
    },
    120_000 + logCheckerBuildMs + goBuildMs,
  );
  afterAll(async () => {
    await log?.stop();
    await first?.stop();
    await second?.stop();
  }, 60_000);

  /** The archive's other signer knows no witness: what it signs while this one is away stays without cosignatures. */
  const askingSigner = (): Promise<ServiceUnderTest> =>
    log.archive.start('signer', {
      MUNIMENT_LOG_WITNESSES: `${first.address}, ${second.address}`,
      MUNIMENT_LOG_WITNESS_SECONDS: '1',
      MUNIMENT_LOG_CHECKPOINT_FILE: log.file('of-the-asking-signer'),
    });
  const both = (): readonly string[] => [first.key, second.key];
  /** As options of the command line. */
  const believing = (...keys: readonly string[]): readonly string[] => keys.flatMap((key) => ['--witness-key', key]);
  const verify = (id: string, ...options: readonly string[]): Promise<CommandRun> => log.run('verify', id, ...options, '--json');
  const checkLog = (...options: readonly string[]): Promise<CommandRun> =>
    log.run('log', 'check', '--database-url', log.archive.ownerUrl, '--key', log.key, ...options);

  describe('of others (litewitness)', () => {
    it('cosign each checkpoint they are shown', async () => {
      for (let round = 0; round < 2; round++) {
        await log.api.createPackage();
        const note = await log.covered('?cosignatures=2');
        for (const name of [nameOfFirst, nameOfSecond])
          expect(note.split('\n').filter((line) => line.startsWith(`— ${name} `))).toHaveLength(1);
      }
      expect((await log.api.get('/log/checkpoint?cosignatures=3')).code).toBe('log_checkpoint_not_found');
    });

    it('are counted by name where the caller says who counts', async () => {
      for (const address of ['/log/checkpoint', `/packages/${pkg.id}/log-proof`]) {
        expect((await log.api.get(`${address}?cosignatures=2&witness=${nameOfFirst}&witness=${nameOfSecond}`)).status).toBe(200);
        expect((await log.api.get(`${address}?cosignatures=1&witness=${nameOfSecond}`)).status).toBe(200);
        for (const query of ['cosignatures=1&witness=witness.example/w3', `witness=${nameOfFirst}&witness=witness.example/w3`])
          expect((await log.api.get(`${address}?${query}`)).code).toBe('log_checkpoint_not_found');
      }
      expect((await log.api.get('/log/checkpoint?cosignatures=1&witness=')).status).toBe(400);
    });
  });

  describe('their cosignatures', () => {
    it('are accepted by torchwood and by us, and no forgery is by either', async () => {
      const note = await log.covered('?cosignatures=2');
      const asked: Wanted = ['2', ...both()];
      expect(await judged(note, ...asked)).toEqual({ go: true, we: true });
      const cases: readonly (readonly [string, string, Wanted])[] = [
        ['flipped signature', changed(note, nameOfFirst, 40), asked],
        ['flipped signature, though one would do', changed(note, nameOfFirst, 40), ['1', ...both()]],
        ['another time', changed(note, nameOfFirst, 11), asked],
        ['another tree', note.replace(/^(\d+)$/m, '$10'), asked],
        ['one line less', without(note, nameOfSecond), asked],
        ['another key of that name', note, ['2', first.key, otherKey(nameOfSecond)]],
        ['a key of a stranger', note, ['2', first.key, otherKey('witness.example/w3')]],
      ];
      for (const [what, forged, wanted] of cases) expect([what, await judged(forged, ...wanted)]).toEqual([what, { go: false, we: false }]);
      expect(await judged(without(note, nameOfSecond), '1', ...both())).toEqual({ go: true, we: true });
    });

    it("make a package's .tlog-proof that torchwood verifies as a whole", async () => {
      const proof = await log.text(`/packages/${pkg.id}/log-proof?cosignatures=2`);
      const entry = Buffer.from(parseTlogProof(proof).extra ?? []).toString('base64');
      const check = (text: string, ...wanted: readonly string[]) => logCheck(['cosigned-record', log.key, entry, ...wanted], text);
      expect(await check(proof, '2', ...both())).toEqual({ accepted: true, output: '', reason: '' });
      expect((await check(proof, '2', first.key, otherKey(nameOfSecond))).accepted).toBe(false);
      expect((await check(changed(proof, nameOfFirst, 40), '2', ...both())).accepted).toBe(false);
    });

    /** What Go's torchwood, and we, say of a note whose log signature may be wrong too: ours is judged elsewhere. */
    const judged = async (note: string, ...[least, ...keys]: Wanted) => {
      const witnesses = witnessesOf({ keys, threshold: Number(least) });
      return {
        go: (await logCheck(['cosigned', log.key, least, ...keys], note)).accepted,
        we: witnesses !== null && checkWitnesses('the log', note, witnesses, new CheckList()),
      };
    };
  });

  describe('muniment verify', () => {
    it.each<[string, () => readonly string[]]>([
      ['all of those named', () => believing(...both())],
      ['as many as asked for', () => [...believing(...both()), '--witnesses', '2']],
      ['fewer than named', () => [...believing(...both(), otherKey('witness.example/w3')), '--witnesses', '2']],
    ])('is satisfied by %s', async (_, options) => {
      const run = await verify(pkg.id, '--log-key', log.key, ...options());
      expect([run.code, run.errors]).toEqual([0, '']);
      expect(checksOf(run, 'log.witnesses')).toEqual([
        expect.objectContaining({
          result: 'ok',
          detail: expect.stringMatching(/^cosigned by 2 of [23], 2 asked for: witness\.example\/w1 \(/),
        }),
      ]);
    });

    it.each<[string, () => readonly string[], number]>([
      ['a witness that never cosigned: nothing to judge (15)', () => believing(otherKey('witness.example/w3')), 15],
      ['more witnesses than cosigned (15)', () => [...believing(...both(), otherKey('witness.example/w3')), '--witnesses', '3'], 15],
      ['another key of that name: a false cosigner (13)', () => believing(otherKey(nameOfFirst)), 13],
      ['more witnesses than are named (2)', () => [...believing(...both()), '--witnesses', '3'], 2],
      ['a number without a key (2)', () => ['--witnesses', '1'], 2],
      ['a key that is none (2)', () => believing('w1+00000000+AAAA'), 2],
    ])('refuses %s', async (_, options, code) => {
      expect((await verify(pkg.id, ...options())).code).toBe(code);
    });

    it('says that cosignatures are there which nobody judges', async () => {
      await log.covered('?cosignatures=2');
      const run = await verify(pkg.id);
      expect(run.code).toBe(0);
      expect(checksOf(run, 'log.witnesses')).toEqual([expect.objectContaining({ result: 'skipped' })]);
    });
  });

  describe('while the witnesses are not asked', () => {
    let later: PackageAnswer;
    beforeAll(async () => {
      await asking.stop();
      later = await log.api.archive({ 'b.bin': Buffer.from('bytes of b') });
      const note = await log.covered();
      expect(note.split('\n').filter((line) => line.startsWith('— witness.example/'))).toEqual([]);
      writeFileSync(log.file('newest'), note);
    }, 60_000);

    it('a package that they saw is proven by the checkpoint they cosigned', async () => {
      const run = await verify(pkg.id, ...believing(...both()));
      expect([run.code, checksOf(run, 'log.witnesses')]).toEqual([0, [expect.objectContaining({ result: 'ok' })]]);
      const newest = parseCheckpoint(readFileSync(log.file('newest'), 'utf8')).size;
      expect(checksOf(run, 'log.inclusion')[0]?.detail).not.toContain(`of ${newest}`);
    });

    it('a later checkpoint that was kept is no rollback: both are the beginning of one log', async () => {
      const run = await verify(pkg.id, ...believing(...both()), '--checkpoint', log.file('newest'));
      expect([run.code, checksOf(run, 'log.consistency').map(({ result }) => result)]).toEqual([0, ['ok', 'ok']]);
    });

    it('neither is one that this machine remembers, and it goes on remembering the later', async () => {
      // By an address that is not plainly this machine: of those that are, nothing is remembered.
      const remembered = { ...log.archive, url: log.archive.url.replace('127.0.0.1', '0.0.0.0') };
      const checkpointKnown = (): number => {
        const file = readFileSync(log.file('.config/muniment/known-archives.json'), 'utf8');
        const { archives } = JSON.parse(file) as { archives: Record<string, { checkpoint: string }> };
        return parseCheckpoint(archives[remembered.url]?.checkpoint ?? '').size;
      };
      expect((await runCommandLine(remembered, ['verify', pkg.id])).code).toBe(0);
      const before = checkpointKnown();
      const run = await runCommandLine(remembered, ['verify', pkg.id, ...believing(...both()), '--json']);
      expect([run.code, checksOf(run, 'log.consistency').map(({ result }) => result)]).toEqual([0, ['ok', 'ok']]);
      expect(checkpointKnown()).toBeGreaterThanOrEqual(before);
    });

    it('a package that they did not see cannot be checked yet, and the report says what to do', async () => {
      const run = await log.run('verify', later.id, ...believing(...both()));
      expect(run.code).toBe(15);
      expect(run.output).toContain('no checkpoint that covers it has been cosigned by 2 of the witnesses you named');
      expect(run.output).toContain('try again in a minute');
      const packed = await log.run('evidence', later.id, '-o', log.file('later.tar'), ...believing(...both()));
      expect([packed.code, packed.errors]).toEqual([15, expect.stringContaining('Nothing was packed')]);
    });

    it('a pack is made of the checkpoint they cosigned where that is wanted', async () => {
      const [plain, cosigned] = [log.file('plain.tar'), log.file('cosigned.tar')];
      expect((await log.run('evidence', pkg.id, '-o', plain)).code).toBe(0);
      const made = await log.run('evidence', pkg.id, '-o', cosigned, ...believing(...both()), '--json');
      expect([made.code, made.json()]).toEqual([0, expect.objectContaining({ cosigned: expect.stringContaining('cosigned by 2 of 2') })]);
      const check = (pack: string) => log.run('verify', '--pack', pack, '--log-key', log.key, ...believing(...both()));
      expect([(await check(cosigned)).code, (await check(plain)).code]).toEqual([0, 13]);
      // A pack is of its day: what the receiver kept later says nothing against it, and cannot be compared offline.
      const kept = ['--checkpoint', log.file('newest')];
      expect((await log.run('verify', '--pack', cosigned, '--log-key', log.key, ...kept)).code).toBe(15);
      const ahead = await log.run('evidence', pkg.id, '-o', cosigned, ...believing(...both()), ...kept);
      expect([ahead.code, ahead.errors]).toEqual([15, expect.stringContaining('the newest cosigned one')]);
    });

    it('a checkpoint or proof to keep is the one they cosigned where that is wanted', async () => {
      const kept = await log.run('log', 'checkpoint', '-o', log.file('cosigned'), ...believing(...both()));
      expect([kept.code, kept.output]).toEqual([0, expect.stringContaining('cosigned by 2 of 2')]);
      expect((await log.run('log', 'checkpoint', ...believing(otherKey('witness.example/w3')))).code).toBe(22);
      expect((await log.run('log', 'checkpoint', ...believing(otherKey(nameOfFirst)))).code).toBe(13);
      const proof = log.file('cosigned.tlog-proof');
      expect((await log.run('log', 'proof', pkg.id, '-o', proof, ...believing(...both()))).code).toBe(0);
      const verifyProof = (...options: readonly string[]) => log.run('log', 'verify-proof', proof, '--key', log.key, ...options);
      expect((await verifyProof(...believing(...both()))).output).toContain('cosigned by 2 of 2');
      expect((await verifyProof(...believing(otherKey(nameOfFirst)))).code).toBe(12);
    });

    it('log check judges the newest checkpoint that they cosigned, and each that was kept', async () => {
      const cosigned = ['--checkpoint', log.file('cosigned')];
      const good = await checkLog(...cosigned, ...believing(...both()), '--json');
      expect(good.code).toBe(0);
      const { size } = parseCheckpoint(readFileSync(log.file('cosigned'), 'utf8'));
      expect(checksOf(good, 'log.witnesses')).toEqual(
        [expect.stringMatching(new RegExp(`^checkpoint of ${size}, log of \\d+$`)), log.file('cosigned')].map((subject) =>
          expect.objectContaining({ subject, result: 'ok', detail: expect.stringContaining('cosigned by 2 of 2, 2 asked for') }),
        ),
      );
      const uncosigned = await checkLog(...cosigned, '--checkpoint', log.file('newest'), ...believing(...both()));
      expect([uncosigned.code, uncosigned.output]).toEqual([
        13,
        expect.stringContaining(`FAIL  log.witnesses  ${log.file('newest')}: cosigned by 0 of 2`),
      ]);
      for (const options of [believing(otherKey('witness.example/w3')), believing(otherKey(nameOfFirst))])
        expect((await checkLog(...options)).code).toBe(13);
      expect((await checkLog(...believing(...both()), '--witnesses', '3')).code).toBe(2);
      const unjudged = await checkLog();
      expect([unjudged.code, unjudged.output]).toEqual([0, expect.stringContaining('skip  log.witnesses  checkpoint of')]);
    });

    it('log check sees a cosignature that was changed in the database', async () => {
      const lineOf = `select line from log_cosignatures where witness = '${nameOfFirst}' order by checkpoint_id desc limit 1`;
      const line = String((await log.sql(lineOf)).rows[0]?.['line']);
      const put = (from: string, to: string) =>
        log.sql(`set session_replication_role = 'replica'; update log_cosignatures set line = '${to}' where line = '${from}'`);
      const forged = changed(line, nameOfFirst, 40);
      await put(line, forged);
      const run = await checkLog(...believing(...both()), '--witnesses', '1');
      expect([run.code, run.output]).toEqual([13, expect.stringContaining(`the cosignature by ${nameOfFirst} is wrong`)]);
      await put(forged, line);
      expect((await checkLog(...believing(...both()))).code).toBe(0);
    });

    it('they go on where they were once they are asked again', async () => {
      asking = await askingSigner();
      await log.covered('?cosignatures=2');
      expect((await verify(later.id, ...believing(...both()))).code).toBe(0);
    });
  });
});

/** How many at least, and the keys of the witnesses that count. */
type Wanted = readonly [string, ...string[]];

interface ReportedCheck {
  readonly check: string;
  readonly subject: string;
  readonly result: string;
  readonly detail: string;
}

function checksOf(run: CommandRun, name: string): readonly ReportedCheck[] {
  return (run.json() as { readonly checks: readonly ReportedCheck[] }).checks.filter(({ check }) => check === name);
}
