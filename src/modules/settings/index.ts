export { composerLines } from "./composer-lines.ts";
export type { ComposerLines } from "./composer-lines.ts";
export { addressFor, changedHelp, helpChangeFields, helpFields, readHelp } from "./help-addresses.ts";
export type { HelpAddresses, HelpChange } from "./help-addresses.ts";
export {
  SETTINGS_CHANGED,
  changeSettingsWithin,
  readSettings,
  refuseBoundedSettings,
  reminderDaysOf,
  timeZoneOf,
} from "./settings.ts";
export type { Settings } from "./settings.ts";
export { Settings as SettingsAnswer } from "./setting-schemas.ts";
export { settingRoutes } from "./setting-routes.ts";
