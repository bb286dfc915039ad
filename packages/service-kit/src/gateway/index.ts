/** `stackctl/service-kit/gateway`: an HTTP proxy in front of the instances of one service. */

export { ownRoutes, PREFIX } from './own-routes.ts';
export { createProxy, type ProxyOptions } from './proxy.ts';
export { createRecorder, RECORDING_PATH, type Recorder } from './recording/recorder.ts';
export type { Upstream } from './upstreams.ts';
export { type UpstreamWatch, type WatchOptions, watchUpstreams } from './watch.ts';
