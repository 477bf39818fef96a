import { randomBase62 } from "../../platform/crypto/secrets.ts";

export function newPackageId(): string {
  return `pkg_${randomBase62(20)}`;
}

export function newVersionId(): string {
  return `ver_${randomBase62(20)}`;
}
