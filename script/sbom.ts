// `script/sbom`: npm's own bill of materials, of what the server runs on, without what differs from run to run.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

interface Manifest {
  name: string;
  devDependencies?: unknown;
}

interface Lock {
  packages: Record<string, { dev?: boolean; devDependencies?: unknown }>;
}

interface Bom {
  serialNumber?: string;
  metadata: { timestamp?: string; component: { name: string } };
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** npm 11 leaves out with `--omit dev` what a development dependency needs too, so it gets a lock without those. */
function withoutDevelopment(): { manifest: Manifest; lock: Lock } {
  const [manifest, lock] = [read("package.json") as Manifest, read("package-lock.json") as Lock];
  delete manifest.devDependencies;
  delete lock.packages[""]?.devDependencies;
  lock.packages = Object.fromEntries(Object.entries(lock.packages).filter(([, { dev }]) => dev !== true));
  return { manifest, lock };
}

const directory = mkdtempSync(path.join(tmpdir(), "sbom-"));
try {
  const { manifest, lock } = withoutDevelopment();
  writeFileSync(path.join(directory, "package.json"), JSON.stringify(manifest));
  writeFileSync(path.join(directory, "package-lock.json"), JSON.stringify(lock));
  const options = ["--sbom-format", "cyclonedx", "--sbom-type", "application", "--omit", "dev", "--package-lock-only"];
  const bom = JSON.parse(execFileSync("npm", ["sbom", ...options], { encoding: "utf8", cwd: directory })) as Bom;
  delete bom.serialNumber;
  delete bom.metadata.timestamp;
  // npm takes the name of the directory.
  bom.metadata.component.name = manifest.name;
  process.stdout.write(`${JSON.stringify(bom, null, 2)}\n`);
} finally {
  rmSync(directory, { recursive: true });
}
