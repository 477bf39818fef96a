import type { TestClock } from "./clock.ts";

/** One answer, as Composer's downloader looks at it. */
interface Answered {
  status: number;
  retryAfterSeconds: number | undefined;
  /** What is printed as `Warning from HOST: …`. */
  warning: string | undefined;
}

/** What a person at the terminal, and the server, have of one run. */
export interface ComposerRun {
  statuses: number[];
  lines: string[];
  ended: "well" | "with an error" | "not at all";
}

export interface ComposerClient {
  url: string;
  authorization: string | undefined;
  userAgent: string;
}

/** The person at the terminal has had enough, and so has the test. */
const PATIENCE = 20;
/** `CurlDownloader`: how many requests are under way at once. */
const CONCURRENCY_MAX = 12;
/** Composer 2.11 waits no longer than that. */
const WAIT_SECONDS_MAX = 60;
const REFUSALS_MAX = 3;

/**
 * Composer 2.2.13 to 2.2.29, and 2.3.6 to 2.5.4, in a terminal: 401 and 403 are asked again with the credential there
 * is, and what is asked again for that reason is not counted (composer#11313). Without a credential it asks a person
 * for one, which is not played here.
 */
export async function askAsComposer22(client: ComposerClient, path: string): Promise<ComposerRun> {
  const run: ComposerRun = { statuses: [], lines: [], ended: "not at all" };
  while (run.statuses.length < PATIENCE) {
    const { status, warning } = await ask(client, path);
    run.statuses.push(status);
    if (warning !== undefined) run.lines.push(warning);
    const isAskedAgain = (status === 401 || status === 403) && client.authorization !== undefined;
    if (!isAskedAgain) return { ...run, ended: status < 400 ? "well" : "with an error" };
  }
  return run;
}

/**
 * Composer 2.11 with a run of many requests: what is refused with 429 is asked again after its `Retry-After` if that is
 * a minute or less, and given up after three refusals; each text is printed once (protocol §12). `steps` are asked one
 * after the other, the paths of one at the same time. Time passes only while everything waits.
 */
export async function runAsComposer211(
  client: ComposerClient,
  clock: TestClock,
  steps: string[][],
): Promise<ComposerRun> {
  const run: ComposerRun = { statuses: [], lines: [], ended: "well" };
  for (const step of steps) {
    const open = new Set(step.map((path) => ({ path, refusals: 0, dueAt: clock.nowMs() })));
    while (open.size > 0) {
      const next = Math.min(...[...open].map(({ dueAt }) => dueAt));
      clock.setSeconds(Math.max(next, clock.nowMs()) / 1000);
      const due = [...open].filter(({ dueAt }) => dueAt <= clock.nowMs()).slice(0, CONCURRENCY_MAX);
      await Promise.all(
        due.map(async (request) => {
          const { status, warning, retryAfterSeconds } = await ask(client, request.path);
          run.statuses.push(status);
          if (warning !== undefined && !run.lines.includes(warning)) run.lines.push(warning);
          if (status < 400) return open.delete(request);
          request.refusals++;
          const waits = status === 429 && retryAfterSeconds !== undefined && retryAfterSeconds <= WAIT_SECONDS_MAX;
          if (!waits || request.refusals >= REFUSALS_MAX) return (run.ended = "with an error");
          return (request.dueAt = clock.nowMs() + retryAfterSeconds * 1000);
        }),
      );
      if (run.ended !== "well") return run;
    }
  }
  return run;
}

async function ask({ url, authorization, userAgent }: ComposerClient, path: string): Promise<Answered> {
  const headers = { "user-agent": userAgent, ...(authorization === undefined ? {} : { authorization }) };
  const answer = await fetch(url + path, { headers });
  const text = await answer.text();
  // As `HttpDownloader::outputWarnings` is called: with a charset behind the type, 2.5 to 2.10 print nothing.
  const isRead = answer.headers.get("content-type") === "application/json";
  const body = isRead ? (JSON.parse(text) as { warning?: string; "warning-versions"?: string }) : {};
  const retryAfter = answer.headers.get("retry-after");
  return {
    status: answer.status,
    retryAfterSeconds: retryAfter === null ? undefined : Number(retryAfter),
    // The only one of ours with versions is for Composer 1.
    warning: body["warning-versions"] === undefined ? body.warning : undefined,
  };
}
