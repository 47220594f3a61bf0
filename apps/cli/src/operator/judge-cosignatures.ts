import { CheckList, checkWitnesses, skipWitnesses, type Check, type Witnesses } from '@muniment/verification';

/** A checkpoint whose cosignatures are to be judged, and how to call it in the report. */
export interface JudgedCheckpoint {
  readonly name: string;
  /** The whole note; its signature by the log is judged elsewhere. */
  readonly note: string;
}

/** `log.witnesses` for each checkpoint, as `muniment verify` says it: enough of the named log witnesses cosigned it, or nobody was named and it is skipped. */
export function judgeCosignatures(checkpoints: readonly JudgedCheckpoint[], witnesses: Witnesses | null): readonly Check[] {
  const list = new CheckList();
  for (const { name, note } of checkpoints)
    if (witnesses === null) skipWitnesses(name, note, list);
    else checkWitnesses(name, note, witnesses, list);
  if (checkpoints.length === 0 && witnesses !== null)
    list.holds('log.witnesses', 'the log', false, 'nothing of it is signed', 'the stored checkpoints');
  return list.checks;
}
