/** What an archive may take of the machine; each is a setting. */
export interface ArchiveLimits {
  /** Unpacked, with Git LFS objects and submodules. */
  readonly sizeBytesMax: number;
  readonly filesMax: number;
  /** For which git and the writer may run, not counting the wait for a place. */
  readonly buildMsMax: number;
}

/** What a shop's web server can still unpack, and far less time than any client of Composer's waits. */
export const ARCHIVE_LIMITS: ArchiveLimits = {
  sizeBytesMax: 1024 ** 3,
  filesMax: 100_000,
  buildMsMax: 120_000,
};
