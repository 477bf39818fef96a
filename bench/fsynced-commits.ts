// `node fsynced-commits.ts FILE MS` commits one row at a time, each on the disk before the next, and prints how many.
import { randomBytes } from "node:crypto";
import Database from "better-sqlite3";

const [file, ms] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: node fsynced-commits.ts FILE MS");
const database = new Database(file);
database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");
database.exec("create table if not exists rows (id integer primary key, value blob)");
const insert = database.prepare("insert into rows (value) values (?)");
const value = randomBytes(300);

let commits = 0;
const startedAt = performance.now();
while (performance.now() - startedAt < Number(ms)) {
  insert.run(value);
  commits++;
}
process.stdout.write(JSON.stringify({ perSecond: commits / ((performance.now() - startedAt) / 1000) }));
database.close();
