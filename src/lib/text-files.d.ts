/** Files that are loaded as text: bin/build.js and vitest.config.ts name the same endings. */
declare module '*.sh' {
  const text: string;
  export default text;
}
declare module '*.bash' {
  const text: string;
  export default text;
}
declare module '*.zsh' {
  const text: string;
  export default text;
}
declare module '*.fish' {
  const text: string;
  export default text;
}
