import { parseWheelName } from '../wheel/wheel-name.js';

/**
 * A remark on how a statement names a file that it has by its digest; `null` when both have the same file name. Two wheel names that differ only in the
 * order of their tags name the same wheel, and still a reader that compares text finds nothing.
 */
export function nameRemark(stated: string | null, actual: string): string | null {
  if (stated === null) return null;
  const [said, is] = [stated, actual].map((path) => path.slice(path.lastIndexOf('/') + 1));
  if (said === undefined || is === undefined || said === is) return null;
  const shown = said.slice(0, 200);
  return sameWheel(said, is)
    ? `${is} stands in the statement as ${shown}: the same tags in another order`
    : `${is} stands in the statement as ${shown}`;
}

function sameWheel(one: string, other: string): boolean {
  try {
    const [a, b] = [parseWheelName(one), parseWheelName(other)];
    return a.name === b.name && a.version === b.version && a.build === b.build && a.tags.join() === b.tags.join();
  } catch {
    return false; // one of them is no wheel
  }
}
