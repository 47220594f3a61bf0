import type { DemoResult } from './answers.js';

/** The result for a person. */
export function receiptText(result: DemoResult): string {
  const lines = [
    '',
    'Archived and verified',
    `  package   ${result.package_id}`,
    `  manifest  ${result.manifest_digest}`,
    `  sequence  ${String(result.sequence)}`,
    ...result.files.flatMap((file) => [
      `  file      ${file.path}  ${String(file.size)} bytes`,
      `            sha256 ${file.sha256}`,
      `            blake3 ${file.blake3}`,
      ...file.members.map((m) => `            holds ${m.path}${m.wheel === null ? '' : `  (${m.wheel.name} ${m.wheel.version})`}`),
    ]),
    ...result.events.map((e) => `  event     ${String(e.sequence).padStart(3)}  ${e.type}  by ${e.actor}`),
    ...result.checks.map((check) => `  ok        ${check}`),
    `  digests computed again by ${result.witnesses.join(', ')}`,
    '',
  ];
  return `${lines.join('\n')}\n`;
}
