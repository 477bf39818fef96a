import type { Core } from "../compose.ts";
export async function prepareDemo(_core: Core): Promise<string> { return Promise.resolve(""); }
