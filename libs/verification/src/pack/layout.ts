/** Places in an evidence pack (docs/formats/evidence-pack.md). Their order by code unit is the order in the tar: evidence comes before files. */
export const packPlaces = {
  readme: 'README.md',
  sums: 'SHA256SUMS',
  attestations: 'evidence/attestations/',
  attestationList: 'evidence/attestations.json',
  historyCbor: 'evidence/history.cbor',
  historyJson: 'evidence/history.json',
  keys: 'evidence/keys/',
  keyList: 'evidence/keys.json',
  goCheck: 'evidence/log/check/',
  checkpoint: 'evidence/log/checkpoint',
  consistency: 'evidence/log/consistency',
  entry: 'evidence/log/entry.cbor',
  logProof: 'evidence/log/package.tlog-proof',
  signings: 'evidence/log/signings/',
  manifestCbor: 'evidence/manifest.cbor',
  manifestJson: 'evidence/manifest.json',
  signatures: 'evidence/signatures/',
  files: 'files/',
  index: 'index.json',
} as const;

export const packMediaType = 'application/vnd.muniment.evidence-pack.v1+tar';
