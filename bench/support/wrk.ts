import { fileURLToPath } from "node:url";
import { LOAD_CORE, cpuSeconds, getRaw, runProgram } from "./programs.ts";

const SCRIPT = fileURLToPath(new URL("wrk-report.lua", import.meta.url));
const CONNECTIONS = 32;

export interface Throughput {
  readonly perSecond: number;
  readonly p99Ms: number;
  /** Of the server's processors, in user and in kernel mode: unlike the other two it hardly depends on who else runs. */
  readonly cpuMicroseconds: number;
}

export interface Target {
  readonly url: string;
  /** The server. */
  readonly pid: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly status: 200 | 304;
}

/** Loads a server for some seconds. Throws unless every answer was the expected one. */
export async function runWrk(target: Target, seconds = 1): Promise<Throughput> {
  const { url, headers, status, pid } = target;
  const probe = await getRaw(url, headers);
  if (probe.status !== status) throw new Error(`${url} answered ${probe.status} in the place of ${status}.`);
  const cpuBefore = cpuSeconds(pid);
  const { stdout } = await runProgram(LOAD_CORE, [
    ...(["wrk", "-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, "-s", SCRIPT] as const),
    ...Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
    url,
  ]);
  const cpu = cpuSeconds(pid) - cpuBefore;
  const line = /^REPORT (\{.*\})$/m.exec(stdout)?.[1];
  if (line === undefined) throw new Error(`wrk did not report:\n${stdout}`);
  const report = JSON.parse(line) as Record<"requests" | "microseconds" | "p99Microseconds" | "errors", number>;
  if (report.errors > 0 || report.requests === 0) throw new Error(`wrk had errors at ${url}:\n${stdout}`);
  return {
    perSecond: report.requests / (report.microseconds / 1_000_000),
    p99Ms: report.p99Microseconds / 1000,
    cpuMicroseconds: (cpu * 1_000_000) / report.requests,
  };
}
