import type { WideAppend, WideLog } from '@muniment/application';
import { encodeCbor } from '@muniment/formats';
import type { Database } from '../database.js';
import type { LogSignals } from '../event-log/log-signals.js';
import { appendWide } from './append-wide.js';

export class PostgresWideLog implements WideLog {
  constructor(
    private readonly database: Database,
    private readonly signals: LogSignals,
  ) {}

  async appendToMany({ subjects, fact, attribution }: WideAppend): Promise<readonly string[]> {
    if (subjects.length === 0) return [];
    const { appended } = await appendWide(this.database, {
      fact,
      attribution,
      packages: `select s.id, s.revision, r.ctid as place from unnest($1::uuid[], $2::int[]) s(id, revision) join retention_state r on r.package_id = s.id
        where r.revision = s.revision`,
      payload: '$3::bytea',
      values: [subjects.map(({ id }) => id), subjects.map(({ expectedRevision }) => expectedRevision), encodeCbor(fact.payload)],
      summary: 'null',
    });
    if (appended.length > 0) this.signals.appended();
    return appended;
  }
}
