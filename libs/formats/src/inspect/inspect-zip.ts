import type { Inspection, InspectionLimits } from '@muniment/domain';
import type { ByteSource } from '../archive/byte-source.js';
import { OutputBudget } from '../archive/output-budget.js';
import { verifyZipEntry } from '../archive/zip-content.js';
import { readZipEntries, wheelFacts } from './inspect-wheel.js';

/**
 * Checks a zip or wheel: structure first, then what it claims to unpack to, then every entry's content against its size and CRC.
 * Refuses with `archive_*` or, for a wheel, `wheel_malformed`.
 */
export async function inspectZip(
  source: ByteSource,
  plan: 'archive-zip' | 'wheel',
  fileName: string,
  limits: InspectionLimits,
): Promise<Inspection> {
  const entries = readZipEntries(source, limits);
  const claimed = new OutputBudget(limits);
  claimed.fed(source.size);
  for (const entry of entries) claimed.produced(entry.size);
  const wheel = plan === 'wheel' ? wheelFacts(source, entries, fileName, limits) : null;
  const budget = new OutputBudget(limits);
  budget.fed(source.size);
  for (const entry of entries) await verifyZipEntry(source, entry, budget);
  return { format: 'zip', member_count: entries.filter((e) => !e.directory).length, members: [], wheel };
}
