import type { Codes } from '../quant/arithmetic';

/** Codes from 0 on of a table of levels in any order: NaN and infinities stand for no value, and the ends
 * are by level. */
export function levelCodes(levels: Float32Array): Codes {
  let [lowest, highest, available] = [0, 0, 0];
  for (let code = 0; code < levels.length; code++) {
    const level = levels[code]!;
    if (!Number.isFinite(level)) continue;
    if (available === 0 || level < levels[lowest]!) lowest = code;
    if (available === 0 || level > levels[highest]!) highest = code;
    available++;
  }
  return { first: 0, count: levels.length, available, ends: [lowest, highest] };
}
