import { execFileSync } from "node:child_process";
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

interface Lock {
  packages: Record<string, { version?: string; dev?: boolean; optional?: boolean; link?: boolean }>;
}

// What is not in it, nobody looks up when the next hole in a library is published.
test("the bill of materials names every package that a release runs on, and is the same each time", () => {
  const write = () => execFileSync("sh", ["script/sbom"], { encoding: "utf8", cwd: new URL("..", import.meta.url) });
  const text = write();
  const bom = JSON.parse(text) as {
    bomFormat: string;
    metadata: { component: { name: string } };
    components: { name: string; version: string; hashes?: unknown[] }[];
  };
  const lock = JSON.parse(read("package-lock.json")) as Lock;
  const locked = Object.entries(lock.packages).flatMap(([path, { version, dev, link }]) =>
    path === "" || dev === true || link === true
      ? []
      : [`${path.split("node_modules/").at(-1) ?? ""}@${version ?? ""}`],
  );
  const listed = bom.components.map(({ name, version }) => `${name}@${version}`);
  expect(listed.length).toBeGreaterThan(50);
  expect([...new Set(listed)].toSorted()).toEqual([...new Set(locked)].toSorted());
  expect(bom.metadata.component.name).toBe("package-broker");
  expect(write()).toBe(text);
});
