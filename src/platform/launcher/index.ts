export { createLauncher } from "./launcher.ts";
export type { Launcher } from "./launcher.ts";
export { killGroup, launchHere } from "./launch.ts";
export type { Launch, Launched } from "./launch.ts";
