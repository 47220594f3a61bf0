import { createHash } from 'node:crypto';
import { CommitFile, inlineDigests, PutFile, type StagingArea, type StreamDigests } from '@muniment/application';
import { systemClock, systemIds } from '@muniment/assembly';
import { defaultInspectionLimits, parseBlake3, parseSha256 } from '@muniment/domain';
import { gateway } from '@muniment/gateway/dist/gateway.service.js';
import { GatewayModule } from '@muniment/gateway/dist/gateway.module.js';
import { openGateway } from '@muniment/gateway/dist/open-gateway.js';
import { runService } from '@muniment/platform';

/** The whole gateway, except that what is staged goes nowhere: what is left is receiving, both digests, and the commit. */
const nowhere: StagingArea & { readonly small: null } = {
  backend: 'nowhere',
  small: null,
  stage: async (_key, source) => {
    let size = 0;
    for await (const chunk of source) size += chunk.length;
    return { size };
  },
  openStaged: () => Promise.resolve(null),
  localStaged: () => Promise.resolve(null),
  discard: () => Promise.resolve(),
  listStaged: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }) }),
};

/** What the gateway would be with one witness only: SHA-256, and a BLAKE3 that nobody computed. */
const oneDigest: StreamDigests = {
  begin: () => {
    const sha256 = createHash('sha256');
    let size = 0;
    return {
      get size() {
        return size;
      },
      update: (chunk) => {
        sha256.update(chunk);
        size += chunk.length;
      },
      finish: () => ({ sha256: parseSha256(sha256.digest('hex')), blake3: parseBlake3('0'.repeat(64)), size }),
      end: () => undefined,
    };
  },
};
/** As the service has it; or both digests, or SHA-256 alone, in the thread that receives. */
const ways: Readonly<Record<string, StreamDigests>> = { 'both-inline': inlineDigests, 'sha256-inline': oneDigest };

await runService({
  ...gateway,
  module: async (parsed, host) => {
    const opened = await openGateway(parsed, host);
    const { log, states, locks } = opened.archive.postgres;
    const nothing = { freeAt: () => null };
    const commitFile = new CommitFile(log, states, nowhere, defaultInspectionLimits, systemClock, locks);
    const digests = ways[process.argv[2] ?? ''] ?? opened.digests;
    return GatewayModule.with({
      ...opened,
      putFile: new PutFile(states, nowhere, commitFile, systemIds, opened.maxBytes, digests, nothing),
    });
  },
});
