export { Secret } from '../../packages/service-kit/src/secret.ts';
