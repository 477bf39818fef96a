import type { AddressInfo } from "node:net";
import { registerRoutes } from "./compose-routes.ts";
import type { Core } from "./compose.ts";
import { createAuditSealer, createRefusals } from "./modules/audit/index.ts";
import type { Refusals } from "./modules/audit/index.ts";
import { ComposerRepository } from "./modules/composer-repository/index.ts";
import { createAnswerUpkeep } from "./modules/idempotency/index.ts";
import { readScannerKeys } from "./modules/leaked-credentials/index.ts";
import { forgetOldMoves } from "./modules/moves/index.ts";
import { createSyncScheduler } from "./modules/sync/index.ts";
import { createUsage } from "./modules/usage/index.ts";
import { createWebhookWorker } from "./modules/webhooks/index.ts";
import type { WebhookWorker } from "./modules/webhooks/index.ts";
import { createEndWatcher } from "./modules/ends/index.ts";
import type { EndWatcher } from "./modules/ends/index.ts";
import { createMailWorker, createTokenMails } from "./modules/customer-mails/index.ts";
import type { MailWorker } from "./modules/customer-mails/index.ts";
import { requireGitVersion } from "./platform/git/index.ts";
import {
  createClientAddress,
  createHttpServer,
  createProxies,
  createUnknownCredentials,
} from "./platform/http/index.ts";
import { createMail } from "./platform/mail/index.ts";
import type { Mail } from "./platform/mail/index.ts";
import { createRateLimiter } from "./platform/rate-limiter.ts";
import { version } from "./version.ts";

/** What a stopping server gives mails that are under way. */
const MAIL_GRACE_MS = 5_000;
/** The same for events and mails to customers; what is cut off then is sent again by the next start. */
const WEBHOOK_GRACE_MS = 3_000;

const UNRECORDED: Refusals = {
  count: () => undefined,
  flush: () => Promise.resolve(),
  start: () => undefined,
  stop: () => Promise.resolve(),
};

export interface RunningServer {
  /** Where it listens, `http://host:port` or `https://host:port`. */
  url: string;
  port: number;
  /**
   * Takes no new connections, lets answers in flight end within `graceMs`, and writes what was counted. Whoever is
   * still downloading then is cut off, so that the end comes and the database is closed after its last user.
   */
  close(graceMs: number): Promise<void>;
}

export type HttpServer = Awaited<ReturnType<typeof createHttpServer>>;

export interface Application {
  http: HttpServer;
  repository: ComposerRepository;
  refusals: Pick<Refusals, "flush">;
  webhooks: Pick<WebhookWorker, "runDue" | "stop">;
  mails: Pick<MailWorker, "runDue" | "pause">;
  ends: Pick<EndWatcher, "runDue">;
  start(): Promise<RunningServer>;
}

/** Puts the server together; nothing listens and nothing runs by itself before `start`. */
export async function composeServer(core: Core, publicUrl: string = core.config.publicUrl): Promise<Application> {
  const { clock, logger, database } = core;
  const usage = createUsage({ database, clock, logger, cipher: core.cipher });
  const rateLimiter = createRateLimiter(clock);
  const { hasKey } = core.cipher;
  // Without the key nothing can be recorded; the log has each of them.
  const refusals = hasKey ? createRefusals({ database, clock, cipher: core.cipher, logger }) : UNRECORDED;
  const clientAddress = createClientAddress(core.config.trustedProxies);
  const unknownCredentials = createUnknownCredentials(clock, core.config.unknownCredentialLimit);
  const composer = { usage, rateLimiter, publicUrl, refusals, clientAddress, unknownCredentials };
  const notify = { notifyLimit: core.config.notifyLimit, notifyLimiter: createRateLimiter(clock) };
  const repository = new ComposerRepository({ ...core, ...composer, ...notify });
  const sealer = createAuditSealer({ database, clock, cipher: core.cipher, logger, witness: core.auditWitness });
  const mail = createMail({ server: core.config.mail?.server, from: core.config.mail?.from, logger });
  const workers = composeWorkers(core, publicUrl, mail);
  const http = await createHttpServer({
    ...{ logger, clock, clientAddress, version },
    proxies: createProxies(core.config.trustedProxies, logger),
    tls: core.config.tls,
    connections: core.config.connections,
    strictTransport: core.config.strictTransport,
    handleFirst: (request, response) => repository.handle(request, response),
  });
  await core.mailTemplates.load();
  const scannerKeys = await readScannerKeys(core.config.leaks.keysFile);
  await registerRoutes(http, core, { ...composer, mail, mails: workers.tokenMails, scannerKeys });
  await http.ready();
  return {
    http,
    repository,
    refusals,
    ...{ webhooks: workers.webhooks, mails: workers.mails, ends: workers.ends },
    async start() {
      await requireGitVersion(core.git);
      database.watchOtherProcesses();
      core.keys.watch((error) => logger.error({ err: error }, "the encryption key could not be read again"));
      await repository.warmUp();
      await http.listen({ host: core.config.host, port: core.config.port });
      usage.start();
      if (hasKey) for (const one of [workers, refusals, sealer]) one.start();
      else logger.warn("this server runs without the encryption key: what needs it is refused, or does not run");
      const { port } = http.server.address() as AddressInfo;
      const close = async (graceMs: number) => {
        const cutOff = setTimeout(() => http.server.closeAllConnections(), graceMs);
        await Promise.all([hasKey ? workers.stop() : undefined, http.close()]);
        clearTimeout(cutOff);
        await mail.stop(MAIL_GRACE_MS);
        await usage.stop();
        if (!hasKey) return;
        await refusals.stop();
        await sealer.stop();
      };
      return {
        url: `${core.config.tls === undefined ? "http" : "https"}://${urlHost(core.config.host)}:${port}`,
        port,
        close,
      };
    },
  };
}

/** What works through tables beside the requests: syncs, events, mails, and answers that are kept no longer. */
function composeWorkers(core: Core, publicUrl: string, mail: Mail) {
  const { clock, logger, database, cipher, mailTemplates: templates } = core;
  const scheduler = createSyncScheduler(core.sync);
  const allowPrivateNetworks = core.config.networks.webhooks;
  const webhooks = createWebhookWorker({ database, clock, cipher, logger, version, allowPrivateNetworks });
  const mailing = { clock, cipher, publicUrl, templates };
  const mails = createMailWorker({ ...mailing, database, mail, logger });
  const ends = createEndWatcher({ database, clock, logger });
  const answers = createAnswerUpkeep({
    ...{ database, clock, logger },
    forgetAlso: () => forgetOldMoves({ database, clock }),
  });
  return {
    ...{ webhooks, mails, ends },
    /** What puts mails into their table. */
    tokenMails: createTokenMails({ ...mailing, canSend: mail.canSend }),
    start() {
      for (const worker of [scheduler, webhooks, mails, ends, answers]) worker.start();
    },
    async stop() {
      const told = [webhooks.stop(WEBHOOK_GRACE_MS), mails.stop(WEBHOOK_GRACE_MS)];
      await Promise.all([scheduler.stop(), answers.stop(), ends.stop(), ...told]);
    },
  };
}

function urlHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
