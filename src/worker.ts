import { documentTasks } from "./modules/composer-repository/document-tasks.ts";
import { readingTasks } from "./modules/sync/reading-tasks.ts";
import { serveTasks } from "./platform/threads/serve-tasks.ts";

// The file of a worker thread, an entry point as `main.ts` is one: what is imported here is loaded again for each thread.
serveTasks({ ...documentTasks, ...readingTasks });
