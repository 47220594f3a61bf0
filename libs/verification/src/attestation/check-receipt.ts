import type { PlainValue } from '@muniment/domain';
import type { CheckList } from '../report/check.js';
import type { OpenedStatement } from './open-statement.js';

/** Where the finalized event stands in which log, as a receipt says. */
export interface ReceiptLog {
  readonly origin: string;
  readonly index: number;
}

/** Whether the receipt is about this package and this manifest. Answers what it says of the log, null where it says nothing readable. */
export function checkReceipt(
  name: string,
  { predicate }: OpenedStatement,
  about: { readonly packageId: string; readonly manifestDigest: string },
  restsOn: string,
  list: CheckList,
): ReceiptLog | null {
  const said = text(at(predicate, 'package', 'id'));
  list.holds('receipt.package', name, said === about.packageId, said === about.packageId ? said : `it is about package ${said}`, restsOn);
  const manifest = text(at(predicate, 'manifest', 'digest', 'sha256'));
  list.equal('receipt.manifest', name, about.manifestDigest, `sha256:${manifest}`, restsOn);
  const origin = at(predicate, 'log', 'origin');
  const index = at(predicate, 'log', 'index');
  const readable = typeof origin === 'string' && typeof index === 'number' && Number.isSafeInteger(index) && index >= 0;
  if (!readable) {
    list.holds('receipt.log', name, false, 'it does not say where in which log the package is', restsOn);
    return null;
  }
  return { origin, index };
}

function at(value: PlainValue | undefined, ...path: readonly string[]): PlainValue | undefined {
  return path.reduce<PlainValue | undefined>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? (inner as Readonly<Record<string, PlainValue>>)[key]
        : undefined,
    value,
  );
}

function text(value: PlainValue | undefined): string {
  return typeof value === 'string' ? value : 'nothing';
}
