/** How much live input may keep. */

/**
 * What a kept event costs, bytes: the event, what the join knows of it, and its place in the tables. Measured over the samples: 1.7 to 2.1 kB.
 * An estimate by the number of events is the same on every machine, so that what is dropped is, too.
 */
export const KEPT_EVENT_BYTES = 2048
/** `--max-state` where it is not stated. */
export const DEFAULT_MAX_STATE_BYTES = 128 * 2 ** 20

/** Events that so many bytes hold; one at least. */
export const eventsIn = (bytes: number): number => Math.max(1, Math.floor(bytes / KEPT_EVENT_BYTES))
