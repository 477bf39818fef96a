import { readConfig } from "../config.ts";

/** What a server takes unless told otherwise. */
export const { budgets: testBudgets } = readConfig({ PUBLIC_URL: "http://127.0.0.1:8080" });
