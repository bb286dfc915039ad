export { INSTANT_FORMS, type ParsedInstant, parseInstant } from '../../packages/service-kit/src/instant.ts';
