export { DualDigest, identify, sha256Hex } from './digest/dual-digest.js';
export { encodeCbor, decodeCbor } from './canonical/cbor.js';
export { encodeJcs } from './canonical/jcs.js';
export { parseStrictJson } from './canonical/strict-json.js';
export { parseMeta, writeMeta, inMadeOrder, type MetaRecord } from './meta/meta-record.js';
export { declarationOf } from './meta/meta-declaration.js';
