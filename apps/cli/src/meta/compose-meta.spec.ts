import { describe, expect, it } from '@jest/globals';
import { identify } from '@muniment/formats';
import { composeMeta } from './compose-meta.js';

const blob = identify(Buffer.from('abc'));

describe('composeMeta', () => {
  it('writes the record CI writes, line by line', () => {
    const bytes = composeMeta({
      name: 'wheelhouse-3.11.tgz',
      blob,
      createdAt: new Date('2026-11-21T09:30:00.987Z'),
      runner: 'Linux runner 6.8.0 x86_64 GNU/Linux',
      python: 'Python 3.11.9',
      requirementsHash: 'f'.repeat(64),
      wheels: ['a-1-py3-none-any.whl', 'b-2-py3-none-any.whl'],
      runId: '42',
      commit: 'c0ffee',
    });
    expect(Buffer.from(bytes).toString('utf8')).toBe(
      [
        'name=wheelhouse-3.11.tgz',
        'sha256=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
        'blake3=6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85',
        'size=3',
        'created_at=2026-11-21T09:30:00Z',
        'runner=Linux runner 6.8.0 x86_64 GNU/Linux',
        'python=Python 3.11.9',
        `requirements_hash=${'f'.repeat(64)}`,
        'wheels=a-1-py3-none-any.whl,b-2-py3-none-any.whl',
        'run_id=42',
        'git_commit=c0ffee',
        '',
      ].join('\n'),
    );
  });

  it('leaves out what is not known', () => {
    const bytes = composeMeta({ name: 'x', blob, createdAt: new Date(0) });
    expect(
      Buffer.from(bytes)
        .toString('utf8')
        .split('\n')
        .map((line) => line.split('=')[0]),
    ).toEqual(['name', 'sha256', 'blake3', 'size', 'created_at', '']);
  });
});
