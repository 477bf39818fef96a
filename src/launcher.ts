import { serveLaunches } from "./platform/launcher/serve-launches.ts";

// The file of the process that starts every git for the server, an entry point as `main.ts` is.
serveLaunches();
