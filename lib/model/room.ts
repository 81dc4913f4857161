/**
 * How much room the state folder needs.
 *
 * @module
 */

const MB = 1024 * 1024;

/** Below it a day's journal and checkpoints may not fit. */
export const LOW_ROOM_BYTES = 1024 * MB;
/** Below it nothing does. */
export const NO_ROOM_BYTES = 64 * MB;
