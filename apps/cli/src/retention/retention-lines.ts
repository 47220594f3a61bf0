import type { EventAnswer, RetentionAnswer } from '@muniment/contracts';
import { whenText } from './moment.js';

/** How long a package is kept and why, for people. */
export function retentionLines(packageId: string, retention: RetentionAnswer, now: Date): readonly string[] {
  const { retention_class, current_expires_at, eligible_for_deletion, active_holds, next_change_at } = retention;
  const expiry = current_expires_at === null ? 'never' : whenText(current_expires_at, now);
  return [
    `package   ${packageId}`,
    `class     ${retention_class}, expires ${expiry}`,
    `deletion  ${verdictOf(retention)}${eligible_for_deletion && retention.eligible_since !== null ? ` since ${retention.eligible_since}` : ''}`,
    ...active_holds.map((hold) => `held by   ${hold.actor} since ${hold.applied_at}: ${hold.reason}  [hold ${hold.hold_id}]`),
    ...retention.reasons.map((reason) => `why       ${reason.text}  [${reason.code}]`),
    `changes   ${next_change_at === null ? 'only when somebody acts' : whenText(next_change_at, now)}`,
  ];
}

function verdictOf({ collected_at, trash, eligible_for_deletion }: RetentionAnswer): string {
  if (collected_at !== null) return `done: files collected at ${collected_at}`;
  if (trash !== null) return `in the trash since ${trash.since}, purged after ${trash.purge_after}`;
  return eligible_for_deletion ? 'eligible' : 'not eligible';
}

/** One event of a retention history, for people: what, until when, by whom, why. */
export function historyLine({ time, type, actor, reason, payload }: EventAnswer): string {
  const facts = Object.entries(payload)
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    .map(([name, value]) => `${name}=${String(value)}`);
  return `${time}  ${type.replace(/^v1\./, '')}  by ${actor}${reason === undefined ? '' : `: ${reason}`}  ${facts.join(' ')}`.trimEnd();
}
