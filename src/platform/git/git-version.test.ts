import { expect, test } from "vitest";
import { requireGitVersion } from "./git-version.ts";

const saying = (text: string) => ({ run: () => Promise.resolve(Buffer.from(text)) });

test.each(["git version 2.37.0", "git version 2.39.5 (Apple Git-154)", "git version 3.0.1"])(
  "accepts %s",
  async (text) => {
    await expect(requireGitVersion(saying(text))).resolves.toBeUndefined();
  },
);

// Such a git would connect to whatever DNS says the second time.
test.each(["git version 2.30.2", "git version 1.9", "something else"])(
  "refuses %s and says what is needed",
  async (text) => {
    await expect(requireGitVersion(saying(text))).rejects.toThrow(/git 2\.37 or newer is needed/);
  },
);
