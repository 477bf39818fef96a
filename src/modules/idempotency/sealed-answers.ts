import type { SealedColumn } from "../../platform/crypto/sealed-columns.ts";
import { answerContext } from "./run-once.ts";
import { contextOfValue } from "./kept-values.ts";

/** For who rotates keys: answers that may be replayed, and values that are kept like them. */
export const SEALED_ANSWERS: SealedColumn = {
  table: "idempotency_keys",
  key: ["caller", "method", "path", "key"],
  column: "sealed_answer",
  contextsOf(row) {
    const scope = {
      caller: row["caller"] ?? "",
      method: row["method"] ?? "",
      path: row["path"] ?? "",
      key: row["key"] ?? "",
    };
    return [answerContext(scope), contextOfValue(scope)];
  },
};
