/** What the values grid may ask of the host. */
// biome-ignore lint/complexity/noBannedTypes: requests follow
export type ValuesRequests = {};

/** What the host may ask of a worker for it. */
// biome-ignore lint/complexity/noBannedTypes: requests follow
export type ValuesWork = {};
