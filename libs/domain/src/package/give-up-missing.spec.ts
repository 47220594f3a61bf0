import { describe, expect, it } from '@jest/globals';
import { aFile, anIngestedFile, aRefusedFile, aView, now, shaA } from '../spec-support/states.js';
import { giveUpMissing } from './give-up-missing.js';

const command = { fileId: 'file-1', backend: 's3' };

describe('giving up a file whose stored bytes are missing', () => {
  it('tells what the store lost, and refuses the file with a sentence that says what to do', () => {
    expect(giveUpMissing(aView({ file: aFile() }), command, { now })).toEqual([
      {
        type: 'v1.storage.bytes_missing',
        payload: { file_id: 'file-1', path: 'report.json', expected_sha256: shaA, expected_size: 10, backend: 's3' },
      },
      {
        type: 'v1.file.refused',
        payload: {
          file_id: 'file-1',
          path: 'report.json',
          code: 'stored_bytes_missing',
          detail: expect.stringContaining('Upload the file again'),
          refused_at: now,
        },
      },
    ]);
  });

  it.each([
    ['there is no file', aView()],
    ['another file stands there by now', aView({ file: aFile({ fileId: 'file-9' }) })],
    ['it is part of the package already', aView({ file: anIngestedFile() })],
    ['it was refused already', aView({ file: aRefusedFile() })],
  ])('does nothing when %s', (_, view) => {
    expect(giveUpMissing(view, command, { now })).toEqual([]);
  });
});
