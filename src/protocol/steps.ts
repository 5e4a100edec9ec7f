/** What the steps view may ask of the host. */
// biome-ignore lint/complexity/noBannedTypes: requests follow
export type StepsRequests = {};

/** What the host may ask of a worker for it. */
// biome-ignore lint/complexity/noBannedTypes: requests follow
export type StepsWork = {};
