/** Every built-in detector, one line each; `logjoin/detectors`. */
import type { Detector } from './detector.js'

/** The built-in detectors. */
export const detectors: readonly Detector[] = [
]
