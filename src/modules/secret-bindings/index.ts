export { bindStoredSecrets } from "./bind-stored-secrets.ts";
