import { describe, expect, it } from '@jest/globals';
import { plusSeconds } from '../instant.js';
import { refusalOf } from '../spec-support/refused.js';
import { now } from '../spec-support/states.js';
import { assertOffset, assertProven, assertReceiving, isOpen, type UploadPhase, type UploadSession } from './session.js';

const session = (change: Partial<UploadSession> = {}): UploadSession => ({
  id: 'upload-1',
  packageId: 'package-1',
  path: 'report.json',
  mediaType: 'application/json',
  mode: 'tus',
  phase: 'receiving',
  size: 100,
  offset: 40,
  unprovenFrom: null,
  declaredSha256: null,
  stagingKey: 'staging/upload-1',
  storeHandle: null,
  createdBy: 'token:ci',
  createdAt: now,
  expiresAt: plusSeconds(now, 60),
  ...change,
});
const open: readonly UploadPhase[] = ['initiated', 'receiving', 'pending_commit'];
const ended = ['committed', 'aborted', 'expired'] as const;

describe('an upload session', () => {
  it.each(open)('that is %s goes on until its time is over', (phase) => {
    expect(isOpen(session({ phase }))).toBe(true);
    expect(() => assertReceiving(session({ phase }), plusSeconds(now, 59))).not.toThrow();
    expect(refusalOf(() => assertReceiving(session({ phase }), plusSeconds(now, 60))).code).toBe('upload_expired');
  });

  it.each(ended)('that is %s does not go on', (phase) => {
    expect(isOpen(session({ phase }))).toBe(false);
    const { code } = refusalOf(() => assertReceiving(session({ phase }), now));
    expect(code).toBe({ committed: 'upload_not_open', aborted: 'upload_given_up', expired: 'upload_expired' }[phase]);
  });

  it('that was committed stays committed after its time: the answer is not that it expired', () => {
    expect(refusalOf(() => assertReceiving(session({ phase: 'committed' }), plusSeconds(now, 3600))).code).toBe('upload_not_open');
  });

  it('commits nothing while a part of it waits for its checksum, and says where to resume', () => {
    expect(() => assertProven(session())).not.toThrow();
    const refusal = refusalOf(() => assertProven(session({ unprovenFrom: 0 })));
    expect([refusal.code, refusal.facts]).toEqual(['upload_offset_mismatch', { offset: 0 }]);
  });

  it('takes bytes only at the offset it reached, and says which that is', () => {
    expect(() => assertOffset(session(), 40)).not.toThrow();
    for (const offset of [39, 41, 0]) {
      const refusal = refusalOf(() => assertOffset(session(), offset));
      expect([refusal.code, refusal.facts]).toEqual(['upload_offset_mismatch', { offset: 40 }]);
    }
  });
});
