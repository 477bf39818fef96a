import { readFile } from "node:fs/promises";
import https from "node:https";
import path from "node:path";
import { expect, test } from "vitest";
import { startBroker } from "./support/broker-process.ts";
import { createComposerProject } from "./support/composer-client.ts";
import { GitRepository } from "./support/git-repository.ts";
import { runToolOrFail } from "./support/processes.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";

async function makeCertificate(directory: string): Promise<{ certFile: string; keyFile: string }> {
  const certFile = path.join(directory, "cert.pem");
  const keyFile = path.join(directory, "key.pem");
  await runToolOrFail("openssl", [
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"],
    ...["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", keyFile, "-out", certFile],
  ]);
  return { certFile, keyFile };
}

async function post(url: string, ca: Buffer, secret: string, body: unknown): Promise<{ token: string }> {
  return await new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${secret}`, "content-type": "application/json" };
    const request = https.request(url, { method: "POST", ca, headers }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
      response.on("end", () => resolve(JSON.parse(text) as { token: string }));
    });
    request.on("error", reject);
    request.end(JSON.stringify(body));
  });
}

// A vendor with one small machine and no proxy.
test("with TLS_CERT and TLS_KEY composer installs over https, without secure-http being switched off", async () => {
  await using directory = await makeTemporaryDirectory("tls");
  const { certFile, keyFile } = await makeCertificate(directory.path);
  const repository = await GitRepository.create(path.join(directory.path, "core.git"));
  repository.commit({ "composer.json": JSON.stringify({ name: "acme/core" }), "src/Core.php": "<?php\n" });
  repository.tag("1.0.0");
  await repository.write();
  await using broker = await startBroker({ TLS_CERT: certFile, TLS_KEY: keyFile, ALLOW_LOCAL_SOURCES: "1" });
  expect(broker.url).toMatch(/^https:/);
  await broker.cliOrFail(["source", "add", "--url", `file://${repository.directory}`]);
  await broker.cliOrFail(["source", "sync", "--all"]);
  const management = await broker.cliOrFail(["management-token", "create", "--name", "s", "--scopes", "tokens:write"]);
  const ca = await readFile(certFile);
  const minted = await post(`${broker.url}/api/tokens`, ca, management, { description: "tls" });
  await using project = await createComposerProject({ repositoryUrl: broker.url });
  await project.configureFromEmail(minted.token);
  await project.updateManifest({ config: { cafile: certFile } });
  const required = await project.run(["require", "acme/core"]);
  expect(required.output).not.toContain("insecure");
  expect(required.exitCode).toBe(0);
  expect((await project.lock()).packages[0]?.dist?.url).toMatch(new RegExp(`^${broker.url}/dist/acme/core/`));
});

test("a certificate that cannot be used ends the start with a sentence", async () => {
  await using directory = await makeTemporaryDirectory("tls");
  const { certFile, keyFile } = await makeCertificate(directory.path);
  await expect(startBroker({ TLS_CERT: "/nowhere.pem", TLS_KEY: keyFile })).rejects.toThrow(
    /error: TLS_CERT \/nowhere\.pem cannot be read/,
  );
  await expect(startBroker({ TLS_CERT: keyFile, TLS_KEY: certFile })).rejects.toThrow(
    /error: TLS_CERT and TLS_KEY are not/,
  );
  await expect(startBroker({ TLS_CERT: certFile })).rejects.toThrow(/TLS_CERT and TLS_KEY go together/);
});
