/* eslint-disable @nx/enforce-module-boundaries -- the one program outside apps/ that runs an app's module: to put another store into it */
import { CommitFile, PutFile, type StagingArea } from '@muniment/application';
import { systemClock, systemIds } from '@muniment/assembly';
import { defaultInspectionLimits } from '@muniment/domain';
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

await runService({
  ...gateway,
  module: async (parsed, host) => {
    const opened = await openGateway(parsed, host);
    const { log, states } = opened.archive.postgres;
    const commitFile = new CommitFile(log, states, nowhere, defaultInspectionLimits, systemClock);
    return GatewayModule.with({ ...opened, putFile: new PutFile(states, nowhere, commitFile, systemIds, opened.maxBytes, opened.digests) });
  },
});
