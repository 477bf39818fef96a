/** The direction of dependencies (docs/architecture.md): main → compose → modules → platform; composer/ is pure. */
export default {
  forbidden: [
    { name: "no-circles", severity: "error", from: {}, to: { circular: true } },
    { name: "no-orphans", severity: "error", from: { orphan: true, pathNot: "\\.test\\.ts$|^(e2e|bench)/" }, to: {} },
    {
      name: "composer-is-pure",
      comment: "src/composer/ holds Composer's rules: no I/O and nothing of the product. It remembers what it parsed.",
      severity: "error",
      from: { path: "^src/composer/", pathNot: "\\.test\\.ts$" },
      to: { pathNot: "^src/composer/|^(node:)?buffer$|^node_modules/lru-cache/" },
    },
    {
      name: "platform-knows-no-product",
      severity: "error",
      from: { path: "^src/platform/", pathNot: "\\.test\\.ts$" },
      to: { path: "^src/(modules|cli|testing|main|compose|config)|^migrations/" },
    },
    {
      name: "modules-do-not-reach-up",
      severity: "error",
      from: { path: "^src/modules/", pathNot: "\\.test\\.ts$" },
      to: { path: "^src/(cli|testing)/|^src/(main|compose|compose-server|compose-routes|config)\\.ts$" },
    },
    {
      name: "modules-are-used-through-their-index",
      severity: "error",
      from: { path: "^src/modules/([^/]+)/", pathNot: "\\.test\\.ts$" },
      to: { path: "^src/modules/([^/]+)/", pathNot: "^src/modules/$1/|^src/modules/[^/]+/index\\.ts$" },
    },
    {
      name: "modules-are-used-through-their-index-from-outside",
      severity: "error",
      from: { path: "^src/(cli/|(main|compose|compose-server|compose-routes)\\.ts)" },
      to: { path: "^src/modules/[^/]+/", pathNot: "^src/modules/[^/]+/index\\.ts$" },
    },
    {
      name: "only-routes-know-fastify",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/platform/http/|-routes\\.ts$|\\.test\\.ts$|^src/testing/" },
      to: { path: "node_modules/fastify" },
    },
    {
      name: "routes-do-not-query",
      comment: "routes → use case → queries",
      severity: "error",
      from: { path: "-routes\\.ts$" },
      to: { path: "-queries\\.ts$" },
    },
    {
      name: "the-dashboard-knows-the-api-only",
      comment: "It is a client like any other: what it needs goes over HTTP, by the types of openapi.json.",
      severity: "error",
      from: { path: "^dashboard/" },
      to: { path: "^(src|migrations|e2e|bench)/" },
    },
    {
      name: "dashboard-layers",
      comment: "router → pages → features → ui and api; layout is the frame.",
      severity: "error",
      from: { path: "^dashboard/src/(ui|api|features)/" },
      to: { path: "^dashboard/src/(pages|router)" },
    },
    {
      name: "tests-are-not-used",
      severity: "error",
      from: { pathNot: "\\.test\\.ts$|^src/testing/|^e2e/|^bench/" },
      to: { path: "\\.test\\.ts$|^src/testing/|^e2e/|^bench/" },
    },
    {
      name: "declared-dependencies-only",
      severity: "error",
      from: {},
      to: { dependencyTypes: ["npm-no-pkg", "unknown"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: [".ts", ".tsx", ".js", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "types"],
    },
  },
};
