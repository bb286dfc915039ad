import packageJson from '../package.json' with { type: 'json' };

/** The version of stackctl. */
export const VERSION: string = packageJson.version;
