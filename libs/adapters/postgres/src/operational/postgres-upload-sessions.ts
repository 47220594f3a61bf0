import type { UploadProgress, UploadSessions } from '@muniment/application';
import type { Instant, Sha256, UploadPhase, UploadSession } from '@muniment/domain';
import type { Database } from '../database.js';
import { Prisma, type UploadSession as SessionRow } from '../generated/client.js';
import { instant } from '../views/rows-of-packages.js';

const openPhases = ['initiated', 'receiving', 'pending_commit'];

export class PostgresUploadSessions implements UploadSessions {
  constructor(private readonly database: Database) {}

  async open(session: UploadSession): Promise<UploadSession> {
    const { uploadSession } = this.database.prisma;
    try {
      return sessionOf(await uploadSession.create({ data: { ...session } }));
    } catch (error) {
      if (!(error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002')) throw error;
      const existing = await this.find(session.id);
      if (!existing) throw error;
      return existing;
    }
  }

  async find(id: string): Promise<UploadSession | null> {
    const row = await this.database.prisma.uploadSession.findUnique({ where: { id } });
    return row && sessionOf(row);
  }

  async progress(id: string, change: UploadProgress): Promise<void> {
    await this.database.prisma.uploadSession.updateMany({ where: { id, phase: { in: openPhases } }, data: change });
  }

  async end(id: string, phase: 'committed' | 'aborted' | 'expired'): Promise<void> {
    await this.database.prisma.uploadSession.updateMany({ where: { id, phase: { in: openPhases } }, data: { phase } });
  }

  async overdue(now: Instant, limit: number): Promise<readonly UploadSession[]> {
    const rows = await this.database.prisma.uploadSession.findMany({
      where: { phase: { in: openPhases }, expiresAt: { lte: now } },
      orderBy: { expiresAt: 'asc' },
      take: limit,
    });
    return rows.map(sessionOf);
  }

  async lease(id: string, owner: string, now: Instant, until: Instant): Promise<boolean> {
    const { count } = await this.database.prisma.uploadSession.updateMany({
      where: { id, OR: [{ leasedUntil: null }, { leasedUntil: { lte: now } }, { leaseOwner: owner }] },
      data: { leaseOwner: owner, leasedUntil: until },
    });
    return count > 0;
  }

  async release(id: string, owner: string): Promise<void> {
    await this.database.prisma.uploadSession.updateMany({
      where: { id, leaseOwner: owner },
      data: { leaseOwner: null, leasedUntil: null },
    });
  }
}

function sessionOf(row: SessionRow): UploadSession {
  return {
    id: row.id,
    packageId: row.packageId,
    path: row.path,
    mediaType: row.mediaType,
    mode: row.mode as UploadSession['mode'],
    phase: row.phase as UploadPhase,
    size: row.size === null ? null : Number(row.size),
    offset: Number(row.offset),
    unprovenFrom: row.unprovenFrom === null ? null : Number(row.unprovenFrom),
    declaredSha256: row.declaredSha256 as Sha256 | null,
    stagingKey: row.stagingKey,
    storeHandle: row.storeHandle,
    createdBy: row.createdBy,
    createdAt: instant(row.createdAt),
    expiresAt: instant(row.expiresAt),
  };
}
