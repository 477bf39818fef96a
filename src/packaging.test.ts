import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

// A folder that the builder never gets ends the build of the image, and nobody builds one in the tests.
test("whatever the Dockerfile copies from here is let through to the builder", () => {
  const copied = [...read("Dockerfile").matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = ""]) =>
    names.split(" "),
  );
  const allowed = read(".dockerignore").split("\n");
  expect(copied).toEqual(expect.arrayContaining(["src", "docs", "mail-templates"]));
  for (const name of copied) expect(allowed, name).toContain(`!${name}`);
});

test("what the server looks for beside its code is put there by the build", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: { build: string } };
  const sources = ["src/compose.ts", "src/compose-routes.ts"].map(read).join("\n");
  const looked = [...sources.matchAll(/new URL\("\.\.\/([^"]+)", import\.meta\.url\)/g)].map(([, name]) => name);
  expect(looked).toEqual(expect.arrayContaining(["dashboard/dist", "mail-templates", "docs"]));
  for (const name of looked) expect(scripts.build, name).toContain(`dist/${name ?? ""}`);
});
