export { abandonedOf } from "./abandoned.ts";
export { findArchive, insertArchiveIfNew, listStoredReferences } from "./archive-queries.ts";
export type { ArchiveRow } from "./archive-queries.ts";
export { ARCHIVE_LIMITS } from "./archive-limits.ts";
export { createArchives } from "./archives.ts";
export type { Archives } from "./archives.ts";
export { lfsDirectory, mirrorDirectory } from "./build-archive.ts";
export type { ArchiveKey } from "./build-archive.ts";
export { getVisiblePackage } from "./browse-packages.ts";
export { listPackageAccess } from "./list-access.ts";
export { packageRoutes } from "./package-routes.ts";
export { newPackageId, newVersionId } from "./ids.ts";
export {
  findOfferedPackages,
  findPackageNames,
  findPackagesByName,
  findReleaseDates,
  findVersionMetadata,
  findVersionsByReference,
  holdPackageNames,
  insertPackagesIfNew,
  insertVersions,
  listMetadataSizes,
  listSearchWords,
  listPublishedVersionsOfSource,
  listReferencesOfSource,
  republishVersion,
  updatePackage,
  withdrawVersions,
  withdrawVersionsOfSource,
} from "./package-queries.ts";
export type { PublishedVersion, VersionRow } from "./package-queries.ts";
export { listReadmeReferences, storeReadme } from "./readme-queries.ts";
export type { Readme } from "./readme-queries.ts";
