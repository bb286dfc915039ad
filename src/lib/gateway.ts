/** The gateway of the service kit, for those that record: at the gateway of a stack, or at one of their own. */
export { createProxy } from '../../packages/service-kit/src/gateway/proxy.ts';
export type {
  RecordedEntry,
  RecordingEnd,
  RecordingLine,
} from '../../packages/service-kit/src/gateway/recording/recorded-entry.ts';
export { createRecorder, RECORDING_PATH } from '../../packages/service-kit/src/gateway/recording/recorder.ts';
export type { Upstream } from '../../packages/service-kit/src/gateway/upstreams.ts';
export type { Log } from '../../packages/service-kit/src/log.ts';
