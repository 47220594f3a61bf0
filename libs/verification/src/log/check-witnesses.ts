import { cosignaturesIn, NoteError, parseSignature } from '@muniment/formats';
import type { CheckList } from '../report/check.js';
import { readNote } from './read-note.js';
import type { Witnesses } from './witnesses.js';

const check = 'log.witnesses';
/** Time and Ed25519 signature: what makes a line a cosignature (C2SP tlog-cosignature). */
const cosignatureBytes = 72;

/**
 * Whether enough of the believed witnesses cosigned the checkpoint. `note`: one whose signature by the log was checked. Each witness counts once; a wrong
 * line of a believed one fails, whatever others signed; unknown ones are told and count for nothing.
 */
export function checkWitnesses(subject: string, note: string, { keys, threshold }: Witnesses, list: CheckList): boolean {
  const end = note.lastIndexOf('\n\n');
  const lines = note.slice(end + 2);
  const restsOn = `the witnesses you named, ${keys.map(({ name }) => name).join(', ')}`;
  try {
    const found = cosignaturesIn(note.slice(0, end + 1), lines, keys);
    const seen = new Map(found.map(({ witness, time }) => [witness, new Date(time * 1000).toISOString()]));
    const told = [...seen].map(([witness, time]) => `${witness} (${time})`).join(', ');
    const unknown = unknownWitnesses(lines, { keys, threshold });
    const others = unknown.length === 0 ? '' : `; unknown: ${unknown.join(', ')}`;
    const detail = `cosigned by ${seen.size} of ${keys.length}, ${threshold} asked for${told === '' ? '' : `: ${told}`}${others}`;
    return list.holds(check, subject, seen.size >= threshold, detail, restsOn);
  } catch (error) {
    if (!(error instanceof NoteError || error instanceof RangeError)) throw error;
    return list.holds(check, subject, false, error.message, restsOn);
  }
}

/** Says that cosignatures are there which nobody judges. Of a text that is no note there is nothing to say. */
export function skipWitnesses(subject: string, note: string, list: CheckList): void {
  const unknown = readNote(() => unknownWitnesses(note.slice(note.lastIndexOf('\n\n') + 2), { keys: [], threshold: 0 }));
  if (typeof unknown === 'string' || unknown.length === 0) return;
  list.skipped(
    check,
    subject,
    `cosigned by ${unknown.join(', ')}, whom nobody named`,
    'Give --witness-key KEY for each witness you believe.',
  );
}

function unknownWitnesses(lines: string, { keys }: Witnesses): readonly string[] {
  const cosigned = lines.split('\n').filter((line) => line !== '');
  return cosigned.map(parseSignature).flatMap(({ name, id, signature }) => {
    const known = keys.some((key) => key.name === name && key.keyId.equals(id));
    return signature.length === cosignatureBytes && !known ? [name] : [];
  });
}
