import { RevisionConflict, type Append, type EventLog } from '@muniment/application';

/** What a process that is killed leaves undone; to the caller it looks like a lost connection. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** The log as a process sees it that dies just before an append, or just after it before it hears the answer. */
export function killedAtAppend(log: EventLog, when: 'before' | 'after'): EventLog {
  return withAppend(log, async (append) => {
    if (when === 'before') throw new Killed('before the append');
    await log.append(append);
    throw new Killed('after the append');
  });
}

/** The log with somebody else appending first, `times` times. */
export function overtaken(log: EventLog, times: number, overtake: () => Promise<unknown>): EventLog {
  let left = times;
  return withAppend(log, async (append) => {
    if (left-- > 0) await overtake();
    return log.append(append);
  });
}

/** The log in which every append of this writer comes too late. */
export function alwaysOvertaken(log: EventLog, seen: () => void): EventLog {
  return withAppend(log, () => {
    seen();
    return Promise.reject(new RevisionConflict('somebody else was first'));
  });
}

/** The log, telling of every append that is tried. */
export function counted(log: EventLog, tried: () => void): EventLog {
  return withAppend(log, (append) => {
    tried();
    return log.append(append);
  });
}

function withAppend(log: EventLog, append: (append: Append) => Promise<{ readonly revision: number }>): EventLog {
  return { append, read: (query) => log.read(query), head: () => log.head(), onSequenced: (listener) => log.onSequenced(listener) };
}
