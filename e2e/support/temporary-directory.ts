import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

/** A directory of its own for one test; `await using` removes it when the test leaves the scope. */
export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

/** Makes an empty directory below the system's temporary directory. */
export async function makeTemporaryDirectory(label: string): Promise<TemporaryDirectory> {
  const directory = await mkdtemp(path.join(tmpdir(), `package-broker-${label}-`));
  const remove = async (): Promise<void> => {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  return { path: directory, remove, [Symbol.asyncDispose]: remove };
}
