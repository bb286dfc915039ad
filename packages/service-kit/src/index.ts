/** `stackctl/service-kit`: what every program of a stack needs. The gateway and Kafka are modules of their own. */

export { checked, readJson, readQuery } from './body.ts';
export { gatherWrites } from './gather-writes.ts';
export { type Endpoint, type EndpointAnswer, NoAnswerInTime, openEndpoint, type Question } from './http/endpoint.ts';
export { INSTANT_FORMS, type ParsedInstant, parseInstant } from './instant.ts';
export { endOfObject, type JsonForm } from './json-bytes.ts';
export { type ListeningServer, type ListenOptions, listen } from './listen.ts';
export { createLog, LOG_LEVELS, type Log, type LogFields, type LogLevel, type LogOptions } from './log.ts';
export { type CheckResult, type Readiness, type ReadinessCheck, readiness } from './readiness.ts';
export { errorBody, RequestError } from './request-error.ts';
export { type Host, runService, type Service, type ServiceContext } from './run.ts';
export { Secret } from './secret.ts';
export { type AppOptions, createApp, jsonAnswer, serve } from './server.ts';
export {
  COMMON_SETTINGS,
  type CommonSettings,
  type Environment,
  readSettings,
  type SettingProblem,
  type SettingsResult,
  setting,
  settingsSchema,
} from './settings.ts';
export { type Stoppable, stopAll } from './shutdown.ts';
export { anyOf, deadline, pause, within } from './wait.ts';
