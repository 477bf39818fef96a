#!/usr/bin/env node
// Before anything native is loaded: on an older Node it would crash the process without a word.
const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 24) {
  process.stderr.write(
    `PACKAGE.broker needs Node 24 or newer; this is ${process.version}. From a checkout, script/server and script/broker bring their own.\n`,
  );
  process.exit(1);
}
// What we write (database, keys, mirrors, backups) is for the user we run as, whatever directory it is in.
process.umask(0o077);
const { runCommandLine } = await import("./cli/program.ts");
process.exitCode = await runCommandLine(process.argv, process.env);

export {};
