import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { CertifiedKeys } from './certified-keys.js';
import type { CertifiedKey } from './fulcio.js';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const minute = 60_000;

/** An authority whose certificates last for ten minutes, and a clock. */
class Authority {
  nowMs = 0;
  asked = 0;
  away = false;
  lastsMs = 10 * minute;
  readonly keys = new CertifiedKeys(
    () => this.certify(),
    () => this.nowMs,
  );

  private async certify(): Promise<CertifiedKey> {
    this.asked += 1;
    await Promise.resolve();
    if (this.away) throw new Error('the authority is away');
    return { privateKey, keyId: `key ${this.asked}`, certificate: new Uint8Array(), notAfterMs: this.nowMs + this.lastsMs };
  }

  async ids(n: number): Promise<readonly string[]> {
    return (await Promise.all(Array.from({ length: n }, () => this.keys.current()))).map(({ keyId }) => keyId);
  }
}

describe('certified keys', () => {
  it('are asked for once, however many signatures wait, until a minute before their certificate ends', async () => {
    const authority = new Authority();
    expect(await authority.ids(3)).toEqual(['key 1', 'key 1', 'key 1']);
    authority.nowMs = 9 * minute - 1;
    expect(await authority.ids(2)).toEqual(['key 1', 'key 1']);
    authority.nowMs = 9 * minute;
    expect(await authority.ids(3)).toEqual(['key 2', 'key 2', 'key 2']);
    expect(authority.asked).toBe(2);
  });

  it('do not need the authority while they last, and are asked for again after it was away', async () => {
    const authority = new Authority();
    await authority.ids(1);
    authority.away = true;
    authority.nowMs = 8 * minute;
    expect(await authority.ids(1)).toEqual(['key 1']);
    authority.nowMs = 20 * minute;
    await expect(authority.ids(2)).rejects.toThrow('away');
    authority.away = false;
    expect(await authority.ids(2)).toEqual(['key 3', 'key 3']);
  });

  it('are not used when their certificate is too short to stamp and log a signature', async () => {
    const authority = new Authority();
    authority.lastsMs = minute;
    await expect(authority.ids(1)).rejects.toThrow('too short');
  });
});
