import { fileURLToPath } from "node:url";
import type { Core } from "./compose.ts";
import { accessExplanationRoutes } from "./modules/access-explanations/index.ts";
import { accountRoutes, passkeyRoutes, sessionRoutes } from "./modules/account/index.ts";
import type { Refusals } from "./modules/audit/index.ts";
import { apiDocsRoutes } from "./modules/api-docs/index.ts";
import { attentionRoutes } from "./modules/attention-entries/index.ts";
import { auditEventRoutes } from "./modules/audit-events/index.ts";
import { createCallerLimit, registerAuthentication } from "./modules/callers/index.ts";
import { registerCustomerFilters } from "./modules/customer-filters/index.ts";
import { conversionRoutes } from "./modules/conversions/index.ts";
import { createTokenLines, customerGrantRoutes } from "./modules/customer-grants/index.ts";
import { customerActionRoutes, customerBelongingsRoutes, customerRoutes } from "./modules/customer-accounts/index.ts";
import { mailTemplateRoutes } from "./modules/customer-mails/index.ts";
import type { TokenMails } from "./modules/customer-mails/index.ts";
import { docsRoutes } from "./modules/docs/index.ts";
import { dashboardRoutes } from "./modules/dashboard/index.ts";
import { guestRoutes } from "./modules/guests/index.ts";
import { invitationRoutes } from "./modules/invitations/index.ts";
import { authenticateManagementToken, managementTokenRoutes } from "./modules/management-tokens/index.ts";
import { refuseChangesWithoutKey } from "./modules/keys/index.ts";
import { leakRoutes } from "./modules/leaked-credentials/index.ts";
import type { readScannerKeys } from "./modules/leaked-credentials/index.ts";
import { mailLogRoutes } from "./modules/mail-log/index.ts";
import { moveRoutes, orderMoveRoutes } from "./modules/moves/index.ts";
import { orderRoutes } from "./modules/orders/index.ts";
import { overviewRoutes } from "./modules/overview/index.ts";
import { packageRoutes } from "./modules/packages/index.ts";
import { createRequirements } from "./modules/requirements/index.ts";
import { passwordResetRoutes } from "./modules/password-resets/index.ts";
import { authenticateSession } from "./modules/sessions/index.ts";
import { settingRoutes } from "./modules/settings/index.ts";
import { personalDataRoutes } from "./modules/personal-data/index.ts";
import { setupRoutes } from "./modules/setup/index.ts";
import { shopRoutes } from "./modules/shops/index.ts";
import { sourceRoutes } from "./modules/sources/index.ts";
import type { SourceRouteDeps } from "./modules/sources/index.ts";
import { statusRoutes } from "./modules/status/index.ts";
import { changeOrMoveSource, syncRoutes } from "./modules/sync/index.ts";
import { tokenRoutes } from "./modules/tokens/index.ts";
import { userRoutes } from "./modules/users/index.ts";
import { tokenSharingRoutes } from "./modules/token-sharing/index.ts";
import { usageRoutes } from "./modules/usage-reports/index.ts";
import type { Usage } from "./modules/usage/index.ts";
import { deliveryRoutes, webhookRoutes } from "./modules/webhooks/index.ts";
import type { ClientAddress, createHttpServer, UnknownCredentials } from "./platform/http/index.ts";
import type { Mail } from "./platform/mail/index.ts";
import type { RateLimiter } from "./platform/rate-limiter.ts";

/** Beside the sources in a checkout, and beside them in `dist/` where that is what runs. */
const DASHBOARD_DIRECTORY = fileURLToPath(new URL("../dashboard/dist", import.meta.url));

/** The same for the pages of docs/. */
const DOCS_DIRECTORY = fileURLToPath(new URL("../docs", import.meta.url));

/** What routes share with the rest of the server. */
export interface RouteParts {
  usage: Usage;
  rateLimiter: RateLimiter;
  refusals: Refusals;
  clientAddress: ClientAddress;
  unknownCredentials: UnknownCredentials;
  publicUrl: string;
  mail: Mail;
  mails: TokenMails;
  /** Public keys of those that report leaked credentials. */
  scannerKeys: Awaited<ReturnType<typeof readScannerKeys>>;
}

/** The one table of the Management API's routes, by module. */
export async function registerRoutes(
  http: Awaited<ReturnType<typeof createHttpServer>>,
  core: Core,
  parts: RouteParts,
): Promise<void> {
  const { clock, database, cipher, sessionLifetime, budgets } = core;
  const { usage, rateLimiter, refusals, clientAddress, unknownCredentials, publicUrl, mail, mails } = parts;
  if (!cipher.hasKey) refuseChangesWithoutKey(http);
  registerAuthentication(http, {
    authenticateManagementToken: (authorization, from) =>
      authenticateManagementToken({ database, clock }, authorization, from),
    authenticateSession: (request) =>
      authenticateSession({ database, clock, cipher, publicUrl, sessionLifetime }, request),
    refusals,
    clientAddress,
    unknownCredentials,
    clock,
    callerLimit: createCallerLimit(clock, { requests: core.config.apiRateLimit, endings: core.config.apiEndingLimit }),
  });
  registerCustomerFilters(http, { database, clock });
  await http.register(statusRoutes, { database, cipher });
  const rateLimitRemaining = ({ id, rateLimitMax }: { id: string; rateLimitMax: number | null }) =>
    rateLimitMax === null ? undefined : rateLimiter.remaining(id, rateLimitMax);
  const requirements = createRequirements(database);
  const customers = { database, clock, cipher, budgets, usage, publicUrl, mails };
  const selling = { requirements, lines: createTokenLines({ ...customers, requirements }) };
  await http.register(tokenRoutes, { ...customers, ...selling, rateLimitRemaining });
  await http.register(conversionRoutes, { ...customers, ...selling });
  await http.register(managementTokenRoutes, { database, clock, cipher, publicUrl, mail, clientAddress });
  const { sourcePolicy, mailTemplates: templates } = core;
  const change: SourceRouteDeps["changeSource"] = (...given) => changeOrMoveSource(core.sync, ...given);
  await http.register(sourceRoutes, { database, clock, cipher, usage, sourcePolicy, changeSource: change });
  await http.register(syncRoutes, { ...core.sync, publicUrl, sessionLifetime });
  await http.register(packageRoutes, { database, clock, cipher, usage, publicUrl });
  const people = { database, clock, cipher, publicUrl, sessionLifetime, refusals, clientAddress };
  await registerPeople(http, core, { ...people, mail });
  await http.register(settingRoutes, { database, clock, cipher, publicUrl });
  await http.register(shopRoutes, { database, clock, cipher });
  await registerCustomers(http, customers);
  await http.register(guestRoutes, { ...customers, mail });
  await http.register(personalDataRoutes, customers);
  await http.register(customerGrantRoutes, { ...customers, requirements });
  await http.register(accessExplanationRoutes, { database, clock, rateLimitRemaining });
  await http.register(usageRoutes, { database, clock, usage, publicUrl });
  await http.register(tokenSharingRoutes, { database, clock, cipher, usage, publicUrl });
  await http.register(attentionRoutes, { database, clock, cipher, publicUrl, lines: selling.lines });
  await http.register(overviewRoutes, { database, clock, usage });
  await http.register(auditEventRoutes, { database, cipher, auditWitness: core.auditWitness, publicUrl });
  const webhookPolicy = { allowPrivateNetworks: core.config.networks.webhooks };
  const webhooks = { database, clock, cipher, webhookPolicy, publicUrl };
  await http.register(webhookRoutes, webhooks);
  await http.register(deliveryRoutes, webhooks);
  await http.register(mailLogRoutes, { database, clock, cipher, publicUrl });
  await http.register(mailTemplateRoutes, { database, clock, cipher, publicUrl, mail, templates });
  await registerLeaks(http, core, parts);
  await http.register(apiDocsRoutes, { publicUrl });
  await http.register(docsRoutes, { directory: DOCS_DIRECTORY });
  await http.register(dashboardRoutes, { directory: DASHBOARD_DIRECTORY });
}

/** Who works with the dashboard. */
async function registerPeople(
  http: Awaited<ReturnType<typeof createHttpServer>>,
  { database, clock, cipher, sessionLifetime }: Core,
  people: Parameters<typeof passkeyRoutes>[1] & Parameters<typeof invitationRoutes>[1],
): Promise<void> {
  await http.register(sessionRoutes, people);
  await http.register(passkeyRoutes, people);
  await http.register(accountRoutes, people);
  const { publicUrl, mail } = people;
  await http.register(userRoutes, { database, clock, cipher, sessionLifetime, publicUrl, mail });
  await http.register(setupRoutes, people);
  await http.register(invitationRoutes, people);
  await http.register(passwordResetRoutes, people);
}

/** Whom things are sold to, and what is done to all that somebody bought. */
async function registerCustomers(
  http: Awaited<ReturnType<typeof createHttpServer>>,
  customers: Parameters<typeof customerRoutes>[1] &
    Parameters<typeof moveRoutes>[1] &
    Parameters<typeof orderRoutes>[1],
): Promise<void> {
  await http.register(customerRoutes, customers);
  await http.register(customerActionRoutes, customers);
  await http.register(customerBelongingsRoutes, customers);
  await http.register(moveRoutes, customers);
  await http.register(orderMoveRoutes, customers);
  await http.register(orderRoutes, customers);
}

/** Credentials that were found in public. */
async function registerLeaks(
  http: Awaited<ReturnType<typeof createHttpServer>>,
  { clock, database, cipher, config }: Core,
  { mail, mails, publicUrl, refusals, clientAddress, scannerKeys: keys }: RouteParts,
): Promise<void> {
  const { action, secrets, reportsPerMinute } = config.leaks;
  const ending = { database, clock, cipher, mail, mails, publicUrl, action };
  const scanners = { secrets, keys };
  await http.register(leakRoutes, { ...ending, scanners, reportsPerMinute, refusals, clientAddress });
}
