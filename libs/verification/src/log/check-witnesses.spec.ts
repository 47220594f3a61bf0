import { generateKeyPairSync, hash, sign, type KeyObject } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { knownKey } from '../keys/key-answer.js';
import { Trust } from '../keys/trust.js';
import { checkPackage } from '../package/check-package.js';
import { CheckList } from '../report/check.js';
import { unmetDemands } from '../report/required.js';
import { now, signedWorld, type SignedWorld } from '../spec-support/signed-world.js';
import type { WitnessPins } from './witnesses.js';

/** A witness written from C2SP tlog-cosignature alone, without the code under test. */
class Witness {
  readonly pair = generateKeyPairSync('ed25519');
  constructor(readonly name: string) {}

  get key(): string {
    return `${this.name}+${this.id.toString('hex')}+${this.typed.toString('base64')}`;
  }

  line(text: string, time = 1_795_000_000, key: KeyObject = this.pair.privateKey): string {
    const seconds = Buffer.alloc(8);
    seconds.writeBigUInt64BE(BigInt(time));
    const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), key);
    return `\u2014 ${this.name} ${Buffer.concat([this.id, seconds, signature]).toString('base64')}\n`;
  }

  private get typed(): Buffer {
    return Buffer.concat([Uint8Array.of(4), this.pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)]);
  }

  private get id(): Buffer {
    return hash('sha256', Buffer.concat([Buffer.from(`${this.name}\n`), this.typed]), 'buffer').subarray(0, 4);
  }
}

const [first, second, third] = [new Witness('w1.example'), new Witness('w2.example'), new Witness('w3.example')];
let world: SignedWorld;
beforeAll(async () => {
  world = await signedWorld();
});

/** The package's proof with these lines below its checkpoint. */
function checked(witnesses: WitnessPins | undefined, lines: (text: string) => readonly string[]): CheckList {
  const proof = world.evidence.logProof ?? '';
  const checkpoint = proof.slice(proof.indexOf('\n\n') + 2);
  const text = checkpoint.slice(0, checkpoint.lastIndexOf('\n\n') + 1);
  const list = new CheckList();
  const pins = {
    attestation: [],
    identity: null,
    log: [],
    fingerprints: [],
    certificates: [],
    ...(witnesses === undefined ? {} : { witnesses }),
  };
  const trust = new Trust(pins, world.keys.map(knownKey), () => 'word');
  checkPackage({ ...world.evidence, logProof: proof + lines(text).join(''), signings: [] }, trust, now, list);
  return list;
}
const failed = (list: CheckList): readonly string[] => list.failed.map(({ check }) => check);
const told = (list: CheckList): readonly string[] =>
  list.checks.filter(({ check }) => check === 'log.witnesses').map(({ detail }) => detail);
const both = { keys: [first.key, second.key], threshold: null };

describe('log witnesses', () => {
  it('are believed by their keys, and their times are told', () => {
    const list = checked(both, (text) => [first.line(text), second.line(text, 1_795_000_001)]);
    expect(failed(list)).toEqual([]);
    expect(told(list)).toEqual([
      'cosigned by 2 of 2, 2 asked for: w1.example (2026-11-18T11:06:40.000Z), w2.example (2026-11-18T11:06:41.000Z)',
    ]);
  });

  it('fail the log when too few cosigned; one twice is one', () => {
    const one = (text: string): readonly string[] => [first.line(text), first.line(text, 1_795_000_001)];
    expect(failed(checked(both, one))).toEqual(['log.witnesses']);
    expect(failed(checked(both, () => []))).toEqual(['log.witnesses']);
    expect(failed(checked({ ...both, threshold: 1 }, one))).toEqual([]);
  });

  it('that are unknown count for nothing and are named', () => {
    const list = checked(both, (text) => [first.line(text), third.line(text)]);
    expect(failed(list)).toEqual(['log.witnesses']);
    expect(told(list)).toEqual([expect.stringContaining('unknown: w3.example')]);
    const unjudged = checked(undefined, (text) => [third.line(text)]);
    expect(failed(unjudged)).toEqual([]);
    expect(unjudged.checks.find(({ check }) => check === 'log.witnesses')).toMatchObject({ result: 'skipped', ok: false });
  });

  it.each<[string, (text: string) => string]>([
    ['a flipped checkpoint', (text) => first.line(text.replace('5\n', '6\n'))],
    ['another key', (text) => first.line(text, 1_795_000_000, second.pair.privateKey)],
    ['another time than the signed one', (text) => retimed(first.line(text))],
    ['a line cut short', (text) => `${first.line(text).slice(0, 60)}\n`],
  ])('fail the log with %s, even where one would do', (_what, line) => {
    const list = checked({ ...both, threshold: 1 }, (text) => [line(text), second.line(text)]);
    expect(failed(list)).toEqual(['log.witnesses']);
  });

  it('that have not seen a package yet leave it unchecked, not wrong', () => {
    const list = new CheckList();
    const pins = { attestation: [], identity: null, log: [], fingerprints: [], certificates: [], witnesses: both };
    const trust = new Trust(pins, world.keys.map(knownKey), () => 'word');
    checkPackage({ ...world.evidence, logProof: null, signings: [] }, trust, now, list);
    expect(failed(list)).toEqual([]);
    expect(told(list)).toEqual(['no checkpoint that covers it has been cosigned by 2 of the witnesses you named, w1.example, w2.example']);
    expect(unmetDemands(list, ['log.witnesses'])).toEqual(['log.witnesses']);
  });

  it('cannot be asked for in numbers that prove nothing', () => {
    expect(() => checked({ ...both, threshold: 3 }, () => [])).toThrow('the keys of 2 are given');
    expect(() => checked({ ...both, threshold: 0 }, () => [])).toThrow('0 witnesses were asked for');
    expect(() => checked({ keys: [world.verifierKey], threshold: null }, () => [])).toThrow('not an Ed25519 key of a log witness');
  });
});

function retimed(line: string): string {
  const [dash, name, encoded] = line.trimEnd().split(' ');
  const bytes = Buffer.from(encoded ?? '', 'base64');
  bytes[11] = (bytes[11] ?? 0) ^ 1;
  return `${dash ?? ''} ${name ?? ''} ${bytes.toString('base64')}\n`;
}
