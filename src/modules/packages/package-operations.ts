import { z } from "zod";
import { NEXT_PAGE } from "../../platform/http/paging.ts";
import { problems } from "../../platform/http/problem-schema.ts";
import { NoQuery, storableText } from "../../platform/http/schemas.ts";
import {
  Package,
  PackageAccessList,
  PackageAccessQuery,
  PackageDetail,
  PackageListQuery,
  PackageQuery,
  UpdatePackageBody,
  UpdateVersionBody,
  Version,
} from "./package-schemas.ts";

const PackageParams = z.strictObject({
  vendor: storableText().meta({ description: "The part of the name before the slash", examples: ["acme"] }),
  name: storableText().meta({ description: "The part of the name behind the slash", examples: ["checkout"] }),
});
const VersionParams = z.strictObject({
  ...PackageParams.shape,
  version: storableText().meta({
    description: "As in the list, or in another spelling of the same version; a slash is written `%2F`",
    examples: ["1.2.0"],
  }),
});
const READ = { scope: "packages:read" as const };
const tags = ["packages"];

/** `GET /api/packages`: what it takes and answers, and its description in openapi.json. */
export const listPackagesOperation = {
  config: READ,
  schema: {
    ...{ operationId: "listPackages", tags, summary: "List hosted packages by name" },
    description: "Those within the management token's package bound. Needs the scope `packages:read`.",
    "x-response-headers": { 200: NEXT_PAGE },
    querystring: PackageListQuery,
    response: { 200: z.array(Package).meta({ description: "By name" }), ...problems(400, 401, 403) },
  },
};

/** `GET /api/packages/{vendor}/{name}`: what it takes and answers, and its description in openapi.json. */
export const getPackageOperation = {
  config: READ,
  schema: {
    ...{ operationId: "getPackage", tags, summary: "One package with its versions, newest first" },
    description: "Versions that are not offered any more only when asked for. Needs the scope `packages:read`.",
    params: PackageParams,
    querystring: PackageQuery,
    response: { 200: PackageDetail, ...problems(400, 401, 403, 404) },
  },
};

/** `PATCH /api/packages/{vendor}/{name}`: what it takes and answers, and its description in openapi.json. */
export const updatePackageOperation = {
  config: { scope: "packages:write" as const },
  schema: {
    operationId: "updatePackage",
    tags,
    summary: "Rename, abandon, or say where its buyers are sent",
    description:
      "What is left out stays as it is, null clears. `successor` must be hosted and not lead back to this package. In force with the next request of composer. Needs the scope `packages:write`.",
    params: PackageParams,
    querystring: NoQuery,
    body: UpdatePackageBody,
    response: { 200: PackageDetail, ...problems(400, 401, 403, 404, 413, 415) },
  },
};

/** `GET /api/packages/{vendor}/{name}/access`: what it takes and answers, and its description in openapi.json. */
export const listAccessOperation = {
  config: { scope: "tokens:read" as const },
  schema: {
    ...{ operationId: "listPackageAccess", tags, summary: "Who can install a package" },
    description:
      "Active tokens with a grant in force, their own or their customer's, newest first. Only tokens that the caller may see. Needs the scope `tokens:read`.",
    "x-response-headers": { 200: NEXT_PAGE },
    params: PackageParams,
    querystring: PackageAccessQuery,
    response: { 200: PackageAccessList, ...problems(400, 401, 403, 404) },
  },
};

/** `GET /api/packages/{vendor}/{name}/versions/{version}`: what it takes and answers. */
export const getVersionOperation = {
  config: READ,
  schema: {
    ...{ operationId: "getVersion", tags, summary: "One version, and what it requires" },
    description: "Of a moved tag or branch, the state that is offered. Needs the scope `packages:read`.",
    params: VersionParams,
    querystring: NoQuery,
    response: { 200: Version, ...problems(400, 401, 403, 404) },
  },
};

/** `PATCH /api/packages/{vendor}/{name}/versions/{version}`: what it takes and answers. */
export const updateVersionOperation = {
  config: { scope: "packages:write" as const },
  schema: {
    ...{ operationId: "updateVersion", tags, summary: "Correct when a version was released" },
    description:
      "`released_at` decides which customers' updates include the version. In force with their next request. Needs the scope `packages:write`.",
    params: VersionParams,
    querystring: NoQuery,
    body: UpdateVersionBody,
    response: { 200: Version, ...problems(400, 401, 403, 404, 413, 415) },
  },
};
