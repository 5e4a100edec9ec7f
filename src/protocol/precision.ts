/** What the precision view may ask of the host. */
// biome-ignore lint/complexity/noBannedTypes: requests follow
export type PrecisionRequests = {};
