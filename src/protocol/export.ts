/** What the export menu may ask of the host. */
// biome-ignore lint/complexity/noBannedTypes: requests follow
export type ExportRequests = {};
