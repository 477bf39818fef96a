import { z } from "zod";
import { budgetVariables, budgetsOf } from "./config/budgets.ts";
import type { Budgets } from "./config/budgets.ts";
import { isAddressOrRange, splitList } from "./config/fields.ts";
import { leakVariables, leaksOf } from "./config/leaks.ts";
import type { Leaks } from "./config/leaks.ts";
import { connectionLimitsOf, limitVariables } from "./config/limits.ts";
import { networkVariables, networksOf } from "./config/networks.ts";
import type { Networks } from "./config/networks.ts";
import { strictTransportOf, transportVariables } from "./config/transport.ts";
import { workerLimitsOf, workerVariables } from "./config/workers.ts";
import type { WorkerLimits } from "./config/workers.ts";
import { peopleVariables, sessionLifetimeOf } from "./config/people.ts";
import type { SessionLifetime } from "./config/people.ts";
import { LOG_LEVELS } from "./platform/log/logger.ts";
import type { LogLevel } from "./platform/log/logger.ts";
import { readMailFrom, readSmtpUrl } from "./platform/mail/index.ts";
import type { MailSender, SmtpServer } from "./platform/mail/index.ts";

/** Everything the process is told from outside; made once, passed down. */
export interface Config {
  host: string;
  port: number;
  dataDir: string;
  /** No trailing slash. Every absolute URL we hand out starts with it, never with a request's `Host`. */
  publicUrl: string;
  databaseUrl: string | undefined;
  storageUrl: string | undefined;
  /** 32 bytes; undefined means: the key file in `dataDir`. */
  encryptionKey: Buffer | undefined;
  /** Keys that were in use before `encryptionKey`, the newest first. */
  retiredKeys: readonly Buffer[];
  logLevel: LogLevel;
  /** Files of the certificate and its key, when this server speaks TLS itself. */
  tls: { certFile: string; keyFile: string } | undefined;
  /** Addresses or CIDR ranges whose `X-Forwarded-For` is believed. */
  trustedProxies: string[];
  networks: Networks;
  leaks: Leaks;
  budgets: Budgets;
  workers: WorkerLimits;
  sessionLifetime: SessionLifetime;
  /** Requests a minute of one management token or session; 0: no limit. */
  apiRateLimit: number;
  /** The same for revocations, suspensions and the lookups before them; 0: no limit. */
  apiEndingLimit: number;
  /** Unknown credentials a minute of one address; 0: no limit. */
  unknownCredentialLimit: number;
  /** Reports of installs an hour of one token; 0: no limit. */
  notifyLimit: number;
  /** Of one address and of all; 0: no limit. */
  connections: { perAddress: number; total: number };
  /** `Strict-Transport-Security` of every answer. */
  strictTransport: string | undefined;
  /** Undefined where no mail is sent. */
  mail: { server: SmtpServer; from: MailSender } | undefined;
  /** The operator's own templates of mails to customers. */
  mailTemplatesDir: string | undefined;
  /** What git is started with, besides what we set ourselves. */
  gitEnvironment: Record<string, string>;
}

/** Names the variables and what is wrong with each; the text is for the operator. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Every variable, documented once: docs/reference/configuration.md is made from the descriptions. */
export const Environment = z.object({
  HOST: z.string().min(1).default("127.0.0.1").describe("Address to listen on. `0.0.0.0` for every interface."),
  PORT: z.coerce
    .number({ error: "must be a port number" })
    .int()
    .min(0)
    .max(65535)
    .default(8080)
    .describe("Port to listen on; `0` takes a free one."),
  DATA_DIR: z
    .string()
    .min(1)
    .default("./data")
    .describe("Directory of the embedded database, the git mirrors, the archives and the key file."),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: "must be an http or https URL such as https://packages.example.com" })
    .optional()
    .describe(
      "The address customers use, for example `https://packages.example.com`. Required unless HOST is a loopback address. Without a path.",
    ),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "must be a postgres:// URL, or unset for the embedded database")
    .optional()
    .describe("A `postgres://` URL. Without it the embedded SQLite database in DATA_DIR is used."),
  STORAGE_URL: z
    .string()
    .regex(/^file:\/\/\//, "must be a file:/// URL (other storage is planned, see docs/reference/roadmap.md)")
    .optional()
    .describe("Where archives are kept: a `file:///` URL. Default: `archives/` in DATA_DIR."),
  ...budgetVariables,
  ...workerVariables,
  ENCRYPTION_KEY: z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}=$/, "must be 32 bytes in base64; make one with `openssl rand -base64 32`")
    .optional()
    .describe(
      "32 bytes in base64 that encrypt source passwords. Default: `encryption.key` in DATA_DIR, made on first start. Keep a copy apart from the backups.",
    ),
  ENCRYPTION_KEYS_RETIRED: z
    .string()
    .default("")
    .transform(splitList)
    .refine(
      (keys) => keys.every((key) => /^[A-Za-z0-9+/]{43}=$/.test(key)),
      "must be keys of 32 bytes in base64, as ENCRYPTION_KEY was",
    )
    .describe(
      "Comma-separated keys that were ENCRYPTION_KEY before, the newest first: they open what they sealed. Only with ENCRYPTION_KEY; the file keeps its own. See `key rotate`.",
    ),
  LOG_LEVEL: z
    .enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(", ")}` })
    .default("info")
    .describe("Least severe level that is logged, as JSON lines on stderr."),
  TLS_CERT: z
    .string()
    .min(1)
    .optional()
    .describe(
      "PEM file of a certificate with its chain, to speak HTTPS without a proxy. Needs TLS_KEY. A renewed file is taken within a minute.",
    ),
  TLS_KEY: z.string().min(1).optional().describe("PEM file of the certificate's private key."),
  TRUSTED_PROXIES: z
    .string()
    .default("")
    .transform(splitList)
    .refine(
      (entries) => entries.every(isAddressOrRange),
      "must be addresses or CIDR ranges such as 127.0.0.1,10.0.0.0/8",
    )
    .describe(
      "Comma-separated addresses or CIDR ranges of reverse proxies whose `X-Forwarded-For` is believed, with or without ports.",
    ),
  ...transportVariables,
  ...limitVariables,
  ...peopleVariables,
  SMTP_URL: z
    .string()
    .transform((text, context) => {
      const server = readSmtpUrl(text);
      if (server !== undefined) return server;
      const message = "must be smtp://user:password@host:587 or smtps://…, with special characters percent-encoded";
      context.addIssue({ code: "custom", message, input: undefined });
      return z.NEVER;
    })
    .optional()
    .describe(
      "The mail server for invitations, password resets and mails to customers: `smtp://user:password@mail.example.com:587`, or `smtps://`. Needs MAIL_FROM. A password goes over TLS only, but on loopback. Default: no mail is sent.",
    ),
  MAIL_FROM: z
    .string()
    .transform((text, context) => {
      const sender = readMailFrom(text);
      if (sender !== undefined) return sender;
      context.addIssue({ code: "custom", message: "must be an address, or `Name <address>`", input: undefined });
      return z.NEVER;
    })
    .optional()
    .describe("Whom mails are from: `broker@example.com` or `Acme Extensions <broker@example.com>`. Needs SMTP_URL."),
  MAIL_TEMPLATES_DIR: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Directory of your own templates of mails to customers; what is not in it is as shipped. See docs/administration/mail.md.",
    ),
  ...networkVariables,
  ...leakVariables,
});

const PASSED_TO_GIT = [
  "PATH",
  "HOME",
  "SSH_AUTH_SOCK",
  "TMPDIR",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "GIT_SSL_CAINFO",
] as const;

/** Reads the whole environment once and reports every problem, so that an operator fixes them in one go. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const parsed = Environment.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `  ${issue.path.join(".")} ${issue.message}`);
    throw new ConfigError(`The configuration is not valid:\n${problems.join("\n")}`);
  }
  const values = parsed.data;
  const tls = tlsOf(values);
  const publicUrl = publicUrlOf(values, tls === undefined ? "http" : "https");
  return {
    host: values.HOST,
    port: values.PORT,
    dataDir: values.DATA_DIR,
    publicUrl,
    tls,
    databaseUrl: values.DATABASE_URL,
    storageUrl: values.STORAGE_URL,
    encryptionKey: values.ENCRYPTION_KEY === undefined ? undefined : Buffer.from(values.ENCRYPTION_KEY, "base64"),
    retiredKeys: values.ENCRYPTION_KEYS_RETIRED.map((key) => Buffer.from(key, "base64")),
    logLevel: values.LOG_LEVEL,
    apiRateLimit: values.API_RATE_LIMIT,
    apiEndingLimit: values.API_ENDING_LIMIT,
    unknownCredentialLimit: values.UNKNOWN_CREDENTIAL_LIMIT,
    notifyLimit: values.NOTIFY_LIMIT,
    connections: connectionLimitsOf(values),
    strictTransport: strictTransportOf(values, tls !== undefined || publicUrl.startsWith("https:")),
    trustedProxies: values.TRUSTED_PROXIES,
    networks: networksOf(values),
    leaks: leaksOf(values),
    budgets: budgetsOf(values),
    workers: workerLimitsOf(values),
    sessionLifetime: sessionLifetimeOf(values),
    mail: mailOf(values),
    mailTemplatesDir: values.MAIL_TEMPLATES_DIR,
    gitEnvironment: Object.fromEntries(
      PASSED_TO_GIT.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
    ),
  };
}

function tlsOf(values: z.infer<typeof Environment>): Config["tls"] {
  const { TLS_CERT: certFile, TLS_KEY: keyFile } = values;
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    throw new ConfigError("TLS_CERT and TLS_KEY go together: set both, or neither behind a proxy that speaks TLS");
  }
  return { certFile, keyFile };
}

function mailOf({ SMTP_URL: server, MAIL_FROM: from }: z.infer<typeof Environment>): Config["mail"] {
  if (server === undefined && from === undefined) return undefined;
  if (server === undefined || from === undefined) {
    throw new ConfigError("SMTP_URL and MAIL_FROM go together: set both, or neither where no mail is to be sent");
  }
  return { server, from };
}

function publicUrlOf(values: z.infer<typeof Environment>, scheme: "http" | "https"): string {
  if (values.PUBLIC_URL === undefined) {
    if (!/^(127\.\d+\.\d+\.\d+|localhost|::1)$/.test(values.HOST)) {
      throw new ConfigError(
        `PUBLIC_URL is required when HOST (${values.HOST}) is not a loopback address: set it to the address your customers use, for example PUBLIC_URL=https://packages.example.com`,
      );
    }
    if (values.PORT === 0) {
      throw new ConfigError("PORT=0 takes a free port, which nobody could be told: set PUBLIC_URL with it");
    }
    const host = values.HOST.includes(":") ? `[${values.HOST}]` : values.HOST;
    return `${scheme}://${host}:${values.PORT}`;
  }
  const url = new URL(values.PUBLIC_URL);
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") {
    throw new ConfigError(
      "PUBLIC_URL must be a scheme and a host only, for example https://packages.example.com: Composer resolves our paths against the host, not against a path",
    );
  }
  return url.origin;
}
