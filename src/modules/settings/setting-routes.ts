import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { principalOf } from "../callers/index.ts";
import { readInstallFacts } from "./install-facts.ts";
import { getInstallFactsOperation, getSettingsOperation, updateSettingsOperation } from "./setting-operations.ts";
import { changeSettings, readSettings } from "./settings.ts";
import type { SettingsDeps } from "./settings.ts";

/** What is set in the dashboard, and what of it is public. */
export const settingRoutes: FastifyPluginCallbackZod<SettingsDeps & { publicUrl: string }> = (app, deps, done) => {
  app.get("/api/settings", getSettingsOperation, () => readSettings(deps.database.db));
  app.patch("/api/settings", updateSettingsOperation, (request) =>
    changeSettings(deps, principalOf(request), request.body),
  );
  app.get("/api/install", getInstallFactsOperation, () => readInstallFacts(deps.publicUrl, deps.database.db));
  done();
};
