/** Why objects cannot be had: the end of a sentence about them, with the remedy. */
export class LfsFailure extends Error {
  override readonly name = "LfsFailure";
  /** Nobody has to do anything: the next try may go well. */
  readonly isPassing: boolean;

  constructor(message: string, { isPassing = false }: { isPassing?: boolean } = {}) {
    super(message);
    this.isPassing = isPassing;
  }
}

/** What the host says of one object, or of all. */
export function failureOfStatus(status: number, host: string, hasSentCredentials: boolean): LfsFailure {
  if (status === 401 || status === 403) {
    return new LfsFailure(
      hasSentCredentials
        ? `${host} refused the user name and the password (or access token) of the source: give it one that may read Git LFS objects`
        : `${host} asks for a user name and a password: give the source ones, for the host of its own URL; to another host none are sent`,
    );
  }
  if (status === 404 || status === 410 || status === 422) {
    return new LfsFailure(`${host} does not have it: push it there with git lfs push --all`);
  }
  if (status === 429 || status >= 500) {
    const why = status === 429 ? "limits the number of requests" : `reports a failure of its own (${status})`;
    return new LfsFailure(`${host} ${why}: it is tried again at the next sync`, { isPassing: true });
  }
  return new LfsFailure(`${host} answered with status ${status}: check that Git LFS works there`);
}
