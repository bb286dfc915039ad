/** Text that a page may hold anywhere, in an attribute too. */
export function escaped(text: string | number): string {
  return String(text).replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}

export type Cell = string | number;

/** The first column says what the row is about. */
export function tableMarkup(heads: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const head = heads.map((text) => `<th scope="col">${escaped(text)}</th>`).join('');
  const body = rows.map(([first = '', ...rest]) => {
    const cells = rest.map((cell) => `<td${classOf(cell)}>${escaped(cell)}</td>`);
    return `<tr><th scope="row">${escaped(first)}</th>${cells.join('')}</tr>`;
  });
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

/** A short word is never broken, as a long text is where its column is narrow. */
function classOf(cell: Cell): string {
  if (typeof cell === 'number') return ' class="number"';
  return cell.length <= LONGEST_WORD && /^\S+$/.test(cell) ? ' class="word"' : '';
}

const LONGEST_WORD = 14;
