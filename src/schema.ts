import type { Generated, Kysely, Transaction } from "kysely";
import type { Database as PlatformDatabase } from "./platform/database/index.ts";
import type {
  UserTable,
  UserRecoveryCodeTable,
  SessionTable,
  OneTimeLinkTable,
  LoginFailureTable,
  SettingTable,
} from "./schema-people.ts";
import type {
  ArchiveTable,
  PackageReadmeTable,
  PackageTable,
  SourceRefTable,
  SourceTable,
  SyncRunTable,
  VersionTable,
} from "./schema-packages.ts";
import type { AuditEventTable, AuditHeadTable, AuditPersonalValueTable } from "./schema-audit.ts";
import type { CustomerMailTable } from "./schema-mails.ts";
import type { JoinCodeTable, MovedOrderTable, MoveTable, TokenWordTable } from "./schema-moves.ts";
import type { LeakedSecretTable, SecretBindingTable } from "./schema-secrets.ts";
import type { AttentionEntryTable, CustomerAddressTable, OrderStateTable, RenewalTable } from "./schema-selling.ts";
import type {
  TokenNetworkTable,
  TokenSharingTable,
  TokenUsageTable,
  VersionDownloadTable,
  UsageDayTable,
  UsageFlushTable,
  RefusalDayTable,
} from "./schema-usage.ts";
import type {
  NoticeTable,
  WebhookCursorTable,
  WebhookDeliveryTable,
  WebhookMessageTable,
  WebhookTable,
} from "./schema-webhooks.ts";

export type {
  UserRole,
  UserTable,
  UserRecoveryCodeTable,
  SessionTable,
  OneTimeLinkKind,
  OneTimeLinkTable,
  LoginFailureTable,
  SettingTable,
} from "./schema-people.ts";
export type * from "./schema-audit.ts";
export type * from "./schema-mails.ts";
export type * from "./schema-moves.ts";
export type * from "./schema-packages.ts";
export type * from "./schema-secrets.ts";
export type * from "./schema-selling.ts";
export type * from "./schema-usage.ts";
export type * from "./schema-webhooks.ts";

/**
 * The tables, as TypeScript sees them on both engines. Times are whole seconds since the Unix epoch; JSON is text
 * (the engines disagree about anything richer); a flag is 0 or 1.
 */
export interface Schema {
  shops: ShopTable;
  customers: CustomerTable;
  tokens: TokenTable;
  grants: GrantTable;
  token_scopes: TokenScopeTable;
  grant_lines: GrantLineTable;
  management_tokens: ManagementTokenTable;
  rotated_secrets: RotatedSecretTable;
  idempotency_keys: IdempotencyKeyTable;
  sources: SourceTable;
  source_refs: SourceRefTable;
  sync_runs: SyncRunTable;
  packages: PackageTable;
  versions: VersionTable;
  archives: ArchiveTable;
  token_usage: TokenUsageTable;
  version_downloads: VersionDownloadTable;
  usage_days: UsageDayTable;
  usage_flushes: UsageFlushTable;
  token_networks: TokenNetworkTable;
  token_sharing: TokenSharingTable;
  refusal_days: RefusalDayTable;
  audit_events: AuditEventTable;
  audit_personal_values: AuditPersonalValueTable;
  audit_head: AuditHeadTable;
  jobs: JobTable;
  users: UserTable;
  user_recovery_codes: UserRecoveryCodeTable;
  sessions: SessionTable;
  one_time_links: OneTimeLinkTable;
  login_failures: LoginFailureTable;
  settings: SettingTable;
  package_readmes: PackageReadmeTable;
  notices: NoticeTable;
  webhooks: WebhookTable;
  webhook_messages: WebhookMessageTable;
  webhook_deliveries: WebhookDeliveryTable;
  webhook_cursor: WebhookCursorTable;
  customer_mails: CustomerMailTable;
  attention_entries: AttentionEntryTable;
  customer_addresses: CustomerAddressTable;
  order_states: OrderStateTable;
  renewals: RenewalTable;
  token_words: TokenWordTable;
  moves: MoveTable;
  moved_orders: MovedOrderTable;
  join_codes: JoinCodeTable;
  secret_bindings: SecretBindingTable;
  leaked_secrets: LeakedSecretTable;
}

/** A caller's name space for customers. */
export interface ShopTable {
  name: string;
  created_at: number;
  /** JSON of where its buyers get help; null: where the server's settings say. */
  help: Generated<string | null>;
}

export interface CustomerTable {
  id: string;
  shop: string;
  /** The shop's own id of its customer, as text: 42 and "42" are one customer. */
  customer_id: string;
  email: string | null;
  created_at: number;
  updated_at: number;
  /** Personal values were erased on request; the row stays so that grants and audit records keep their target. */
  erased_at: number | null;
  /** When everything it had was revoked; null again once that was undone. */
  revoked_at: Generated<number | null>;
  /** Counts its revocations that ended something: the tokens that the last one ended carry this number. */
  revocation: Generated<number>;
  /** JSON: after what it was revoked last, to undo that: `receipt` is a {@link CustomerTable.last_receipt}. */
  cancellations_before: Generated<string | null>;
  /** Grows with everything that is told of its orders: what was told later has a greater number. */
  last_receipt: Generated<number>;
  /** Since when nothing it has opens anything, until it is resumed; its dates go on. */
  suspended_at: Generated<number | null>;
  /** `customers.id` of whom it was merged into: its id of the shop names that one, and it has nothing itself. */
  merged_into: Generated<string | null>;
  /** JSON array: the package bound of whoever suspended it, past which that says nothing; null: no bound. */
  suspended_within: Generated<string | null>;
}

export type TokenAccess = "own" | "customer" | "project";

/** A Composer credential of a buyer. */
export interface TokenTable {
  id: string;
  shop: string;
  /** `customers.id`; null for guest orders. */
  customer: string | null;
  secret_hash: string;
  last_four: string;
  description: string;
  permissions: string;
  expires_at: number | null;
  /** Requests an hour; null means no limit. */
  rate_limit_max: number | null;
  /** JSON object of strings, numbers and booleans, as the shop sent it. */
  metadata: string;
  /** From the metadata, as text, to be found by. */
  order_id: string | null;
  /** From the metadata, lower-cased, to be found by. */
  customer_email: string | null;
  /** Whose address mails about it go to: its order's, or its customer's, because that was corrected after the sale. */
  address_of: Generated<"order" | "customer">;
  /** `own`: its grants only. `customer`: its customer's grants besides. `project`: of those, what its scope leaves. */
  access: TokenAccess;
  /** Set by `"unique_by": "order"`: one token at a time per shop, order and buyer. Of rows from before it is the plain order. */
  unique_order_id: string | null;
  /** 1: its customer is mailed what becomes of it. */
  notify: Generated<number>;
  /** When `expires_at` was last changed; null: never since the token was made. */
  expiry_set_at: Generated<number | null>;
  created_by: string;
  created_at: number;
  updated_at: number;
  revoked_at: number | null;
  /** Which revocation of its customer ended it; the last one can be undone. null: it was not, or not that way. */
  customer_revocation: Generated<number | null>;
  /** Why it was revoked, where that decides whether it can be taken back; null: nobody said, or it is not revoked. */
  revoked_why: Generated<RevocationCause | null>;
  /** Which revocation of its order ended it; null: none did. */
  order_revocation: Generated<number | null>;
  /** Since when it opens nothing, whatever suspended it, until all of that is resumed; its dates go on. */
  suspended_at: Generated<number | null>;
  /** JSON object: what suspended it, itself, its customer or its order, and since when; null: nothing did. */
  suspensions: Generated<string | null>;
  /** For how many days after `expires_at` it goes on; never after a revocation. */
  grace_days: Generated<number>;
  /**
   * Set where the purchase is a line of its customer's order (`grant_lines`), by a sale with one credential per
   * customer: then `expires_at` is a copy of the line's, for lists, and does not end the token.
   */
  order_line: Generated<string | null>;
  /** The `expires_at` that webhooks were told of ahead, and when it was reached; another one is told again. */
  expiring_told: Generated<number | null>;
  expired_told: Generated<number | null>;
  last_used_at: number | null;
}

/** How a token came to be revoked; what was not revoked by itself or with its order cannot be taken back by itself. */
export type RevocationCause = "revoked" | "leaked" | "replaced" | "transferred" | "erased" | "customer" | "order";

/** To what a token is narrowed of its customer's grants. It opens nothing by itself. */
export interface TokenScopeTable {
  token: string;
  /** Canonical, as in {@link GrantTable}. */
  package_pattern: string;
  /** The order in which they were given. */
  position: number;
}

/** What a token or a customer may read. Access is the union of grants that are in force. */
export interface GrantTable {
  id: string;
  /** Exactly one of `token` and `customer` (`customers.id`) is set. */
  token: string | null;
  customer: string | null;
  /** Canonical: `acme/`, `acme/checkout-*` or one exact name. */
  package_pattern: string;
  version_constraint: string | null;
  stability: string | null;
  updates_until: number | null;
  starts_at: number | null;
  expires_at: number | null;
  order_id: string | null;
  line: string | null;
  /** Of an order line the `bound` of its row in {@link GrantLineTable}. */
  line_bound: Generated<string>;
  /** When the cause happened in the shop: an older event never overrides a newer one. */
  occurred_at: number | null;
  created_at: number;
  updated_at: number;
  /** A narrowed or revoked grant stays: its buyer is told "lapsed", not "unknown". */
  revoked_at: number | null;
  /** 1 for what something that was sold requires, granted along with it. */
  is_dependency: Generated<number>;
  /** Since when it opens nothing, until it is resumed; its dates go on. */
  suspended_at: Generated<number | null>;
  /** For how many days after `expires_at` it goes on; never after a revocation. */
  grace_days: Generated<number>;
  /** The `expires_at` that webhooks were told of when it was reached. */
  expired_told: Generated<number | null>;
}

/**
 * What those with one package bound told of a line of a customer's order; its rows in {@link GrantTable} follow from it,
 * and access is the union of all. A row without `terms` remembers a cancellation that came before its purchase. `line`
 * "" stands for the whole order, and `order_id` "" besides for everything the customer has: those hold cancellations
 * and suspensions only.
 */
export interface GrantLineTable {
  /** `customers.id`. */
  customer: string;
  order_id: string;
  line: string;
  /** JSON array of the patterns of the package bound of whoever told it, sorted; "" without one. */
  bound: Generated<string>;
  /** When the latest purchase or change happened in the shop. */
  granted_at: number | null;
  /** {@link CustomerTable.last_receipt} when we were told of it. */
  granted_receipt: Generated<number>;
  /** 1 where the shop named no time and that of the receipt stands for it. */
  granted_by_receipt: number;
  /** JSON of what was granted. */
  terms: string | null;
  /** JSON array of the packages granted along with it. */
  dependencies: string;
  /** JSON array of cancellations, earliest first, each with its time and its receipt. */
  revocations: string;
  /** The same, of cancellations that keep what was released by then. */
  releases: string;
  /** Since when it opens nothing, until it is resumed. */
  suspended_at: Generated<number | null>;
  created_at: number;
  updated_at: number;
}

/** A Bearer credential of a shop or a script for the Management API. */
export interface ManagementTokenTable {
  id: string;
  name: string;
  secret_hash: string;
  last_four: string;
  /** JSON array of scopes. */
  scopes: string;
  shop: string;
  /** JSON array of grant patterns it may hand out; null means everything. */
  package_bound: string | null;
  /** A sale that names no `unique_by` has this one. */
  unique_by: "order" | "customer" | null;
  /** 1: a sale that names no `notify` mails its customer. */
  notify: Generated<number>;
  /** `customer`: what is sold becomes a line of the customer's order, and each of its tokens made so opens all of it. */
  credential: Generated<"customer" | null>;
  /** Of a sale that names none. */
  grace_days: Generated<number | null>;
  /** Of a sale that names none; null: every stability. */
  stability: Generated<"stable" | "RC" | "beta" | "alpha" | "dev" | null>;
  expires_at: number | null;
  created_by: string;
  created_at: number;
  revoked_at: number | null;
  last_used_at: number | null;
}

/** A secret that was replaced by rotation. Its holder has another one since. */
export interface RotatedSecretTable {
  secret_hash: string;
  /** Exactly one of `token` and `management_token` is set. */
  token: string | null;
  management_token: string | null;
  last_four: string;
  rotated_at: number;
  /** Counts the rotations of one holder, which may happen twice in a second. */
  ordinal: number;
  /** From when it is refused; until then it works beside its successor. */
  expires_at: number;
  /** Until when it would have worked, where its customer's last revocation ended it before. */
  restorable_until: Generated<number | null>;
  last_used_at: number | null;
}

export interface IdempotencyKeyTable {
  /** A management token's or a user's id. */
  caller: string;
  method: string;
  path: string;
  key: string;
  body_hash: string;
  status: number;
  /** The answer's body, encrypted: it can hold a secret. */
  sealed_answer: string;
  /**
   * `customers.id` and `tokens.id` of whom the answer is about, to be erased by; "" as the customer where it is of
   * nobody, and both null where it may be of anybody.
   */
  customer: Generated<string | null>;
  token: Generated<string | null>;
  created_at: number;
  expires_at: number;
}

export interface JobTable {
  id: string;
  kind: string;
  /** At most one unfinished job of a kind with this key. */
  unique_key: string | null;
  payload: string;
  run_at: number;
  attempts: number;
  claimed_by: string | null;
  claimed_until: number | null;
  last_error: string | null;
  created_at: number;
  finished_at: number | null;
}

export type Database = PlatformDatabase<Schema>;
/** A query runs in a transaction or by itself; it does not care which. */
export type Db = Kysely<Schema> | Transaction<Schema>;
