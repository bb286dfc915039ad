/** Whether a text can be the name of a header, or the method of a request: RFC 9110, 5.6.2. */
export function isHttpToken(text: string): boolean {
  return /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/.test(text);
}
