import type { PlainValue } from '@muniment/domain';
import { inTotoPayloadType, maxSubjects, statementType } from '@muniment/formats';
import { AttestationError, fields, jsonFields, only, type OpenedAttestation } from './open-attestation.js';

export interface OpenedSubject {
  readonly name: string | null;
  readonly digest: Readonly<Record<string, string>>;
}

/** An in-toto statement taken apart. */
export interface OpenedStatement {
  readonly predicateType: string;
  readonly subjects: readonly OpenedSubject[];
  readonly predicate: Readonly<Record<string, PlainValue>>;
}

const subjectFields = ['name', 'uri', 'digest', 'content', 'downloadLocation', 'mediaType', 'annotations'];

/** The payload as in-toto Statement v1. Throws {@link AttestationError} for another payload type, another statement type, unknown fields or digests that are no hexadecimal. */
export function openStatement({ payloadType, payload }: Pick<OpenedAttestation, 'payloadType' | 'payload'>): OpenedStatement {
  if (payloadType !== inTotoPayloadType) throw new AttestationError(`its payload type is not exactly ${inTotoPayloadType}`);
  const statement = jsonFields(payload, 'the statement');
  only(statement, ['_type', 'subject', 'predicateType', 'predicate'], 'the statement');
  const { _type: type, subject, predicateType, predicate } = statement;
  if (type !== statementType) throw new AttestationError(`its _type is not ${statementType}`);
  if (typeof predicateType !== 'string' || predicateType === '') throw new AttestationError('it has no predicateType');
  if (!Array.isArray(subject) || subject.length === 0 || subject.length > maxSubjects)
    throw new AttestationError(`it must have from 1 to ${maxSubjects} subjects`);
  const subjects = (subject as readonly PlainValue[]).map(openSubject);
  return { predicateType, subjects, predicate: predicate === undefined ? {} : fields(predicate, 'the predicate') };
}

function openSubject(value: PlainValue): OpenedSubject {
  const subject = fields(value, 'a subject');
  only(subject, subjectFields, 'a subject');
  const digest: Record<string, string> = {};
  for (const [algorithm, hex] of Object.entries(fields(subject['digest'], 'the digest of a subject'))) {
    if (typeof hex !== 'string' || !/^(?:[0-9a-f]{2})+$/.test(hex))
      throw new AttestationError(`the ${algorithm} of a subject is not lower-case hexadecimal`);
    digest[algorithm] = hex;
  }
  const { name } = subject;
  return { name: typeof name === 'string' ? name : null, digest };
}
