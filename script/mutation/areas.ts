/** A part of the product whose tests are tried: what is changed in it, and which tests have to notice. */
export interface Area {
  readonly mutate: readonly string[];
  readonly tests: readonly string[];
}

const filesOf = (module: string): string[] => [`src/modules/${module}/*.ts`, `!src/modules/${module}/*.test.ts`];
const testsOf = (...modules: string[]): string[] => modules.map((module) => `src/modules/${module}/*.test.ts`);

/** Where a change that nobody notices costs most: who may read what, what was sold, and what is proven afterwards. */
export const AREAS: Readonly<Record<string, Area>> = {
  grants: {
    mutate: filesOf("grants"),
    tests: testsOf("grants", "customer-grants", "access-explanations", "composer-repository"),
  },
  tokens: { mutate: filesOf("tokens"), tests: testsOf("tokens", "orders", "customers", "shops") },
  idempotency: { mutate: filesOf("idempotency"), tests: testsOf("idempotency") },
  sessions: { mutate: filesOf("sessions"), tests: testsOf("sessions", "account", "users") },
  "customer-grants": { mutate: filesOf("customer-grants"), tests: testsOf("customer-grants", "renewals") },
  audit: { mutate: filesOf("audit"), tests: testsOf("audit", "audit-events", "personal-data") },
  publication: {
    mutate: [
      "src/modules/sync/publication.ts",
      "src/modules/sync/publish-packages.ts",
      "src/modules/sync/publish-versions.ts",
    ],
    tests: testsOf("sync"),
  },
};
