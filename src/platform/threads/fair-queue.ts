/** `waited`: somebody waits for the answer; `background`: nobody does. */
export type Lane = "waited" | "background";

/**
 * Two lines of tasks that are served in turns, so that neither a queue of syncs keeps a buyer waiting nor a queue of
 * buyers stops every sync.
 */
export class FairQueue<Task> {
  readonly #lanes: Record<Lane, Task[]> = { waited: [], background: [] };
  #last: Lane = "background";

  get size(): number {
    return this.#lanes.waited.length + this.#lanes.background.length;
  }

  lengthOf(lane: Lane): number {
    return this.#lanes[lane].length;
  }

  push(lane: Lane, task: Task): void {
    this.#lanes[lane].push(task);
  }

  /** False when it is not in the queue any more. */
  remove(lane: Lane, task: Task): boolean {
    const position = this.#lanes[lane].indexOf(task);
    if (position !== -1) this.#lanes[lane].splice(position, 1);
    return position !== -1;
  }

  shift(): Task | undefined {
    const turn: Lane = this.#last === "waited" ? "background" : "waited";
    const other: Lane = this.#last;
    const lane = this.#lanes[turn].length > 0 ? turn : other;
    this.#last = lane;
    return this.#lanes[lane].shift();
  }
}
