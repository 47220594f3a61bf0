import { describe, expect, it } from '@jest/globals';
import { type JobDeclaration, expireUploads } from '@muniment/contracts';
import { PushBack, Refusal } from '@muniment/domain';
import { PayloadMalformed } from './job-envelope.js';
import { judgeError } from './judge-attempt.js';

const job = { ...expireUploads, finalErrors: ['KeyLost'] } as unknown as JobDeclaration;
const keyLost = Object.assign(new Error('gone'), { name: 'KeyLost' });

describe('judging what a handler threw', () => {
  it.each([
    ['a refusal', new Refusal('package_empty', 'no file'), false, { outcome: 'refused', code: 'package_empty' }],
    ['a refusal on the last try', new Refusal('package_empty', 'no file'), true, { outcome: 'refused', code: 'package_empty' }],
    ['a push-back', new PushBack('busy', 1.5), false, { outcome: 'pushed_back', delayMs: 1500 }],
    ['a push-back on the last try', new PushBack('busy', 1.5), true, { outcome: 'pushed_back', delayMs: 1500 }],
    ['a push-back into the past', new PushBack('busy', -1), false, { outcome: 'pushed_back', delayMs: 0 }],
    ['a declared final error', keyLost, false, { outcome: 'failed', final: true }],
    ['a malformed payload', new PayloadMalformed('x'), false, { outcome: 'failed', final: true }],
    ['any other error', new Error('connection refused'), false, { outcome: 'retrying' }],
    ['any other error on the last try', new Error('connection refused'), true, { outcome: 'failed', final: false }],
  ])('%s', (_what, thrown, isLastTry, expected) => {
    expect(judgeError(job, thrown, isLastTry)).toEqual({ ...expected, error: thrown });
  });

  it('turns what is no error into one', () => {
    expect(judgeError(job, 'boom', false)).toEqual({ outcome: 'retrying', error: new Error('boom') });
  });
});
