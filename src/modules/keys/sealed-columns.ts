import type { SealedColumn } from "../../platform/crypto/sealed-columns.ts";
import { SEALED_TOTP_SECRETS } from "../account/index.ts";
import { SEALED_MAIL_SECRETS } from "../customer-mails/index.ts";
import { SEALED_ANSWERS } from "../idempotency/index.ts";
import { SEALED_PASSWORDS } from "../sources/index.ts";
import { SEALED_SECRETS } from "../webhooks/index.ts";

/** Everything that is sealed with the key in use; a test holds every column of the schema against it. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  SEALED_PASSWORDS,
  SEALED_TOTP_SECRETS,
  ...SEALED_SECRETS,
  SEALED_MAIL_SECRETS,
  SEALED_ANSWERS,
];
