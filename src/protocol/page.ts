/** What every page may ask of the host. */
export interface PageRequests {
  /** Texts of the page in the user's language, by their English ones; null where that is English. */
  'page/strings': [null, Readonly<Record<string, string>> | null];
}
